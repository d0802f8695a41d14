"""Outputs that try to be more than text: each of them, drawn anywhere, must be seen and do nothing."""

from __future__ import annotations

RAN = "window.ran=1"

SHORT = [
    f"<script>{RAN}</script>",
    f"</script><script>{RAN}</script>",
    f"</SCRIPT\t><sCrIpT>{RAN}</sCrIpT>",
    f"</pre></details></main><script>{RAN}</script>",
    f"<img src=x onerror='{RAN}'>",
    "<img src='https://example.org/pixel.png' srcset='https://example.org/2x.png 2x'>",
    f"<svg onload={RAN}></svg>",
    f"<svg><script>{RAN}</script><animate onbegin={RAN} attributeName=x dur=1s></svg>",
    "<svg><use href='https://example.org/x.svg#a'/><image href='https://example.org/y.png'/></svg>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={RAN}&gt;'>",
    f"<iframe srcdoc='<script>parent.ran=1</script>' src='javascript:{RAN}'></iframe>",
    f"<body onload={RAN}>",
    f"<a href='javascript:{RAN}'>press</a> https://example.org/press",
    f"[press](javascript:{RAN}) ![pixel](https://example.org/pixel.png)",
    f"<object data='data:text/html,<script>{RAN}</script>'></object><embed src='data:text/html,x'>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cucmFuPTE8L3NjcmlwdD4=",
    "<style>@import 'https://example.org/x.css'; * { display: none }</style>",
    "<link rel=stylesheet href=https://example.org/x.css><link rel=prefetch href=https://example.org/>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    f"<base href=https://example.org/><form action=https://example.org/><input autofocus onfocus={RAN}>",
    f"<details open ontoggle={RAN}><summary>x</summary></details>",
    f"<video autoplay onloadstart={RAN}><source onerror={RAN}></video><audio src=https://example.org/a.mp3>",
    "{{ 7*7 }} {% for x in ().__class__.__mro__ %}{{ x }}{% endfor %} {# gone #} ${7*7} <%= 7*7 %> #{7*7}",
    "{{constructor.constructor('window.ran=1')()}} [[${7*7}]] {{=it.x}}",
    f'" onmouseover="{RAN}" x=\'',
    f"` onmouseover={RAN} x=`",
    f"<!-- --><script>{RAN}</script><!--",
    f"<!--<script>{RAN}",
    f"--!><script>{RAN}</script>",
    f"]]></style></title></textarea></noscript></template><script>{RAN}</script>",
    "&lt;script&gt;window.ran=1&lt;/script&gt; &amp;#x3c; &#60;b&#62; \\u003cscript\\u003e",
    "<noscript><p title='</noscript><img src=x onerror=window.ran=1>'>",
    "<template shadowrootmode=open><script>window.ran=1</script></template><x-y id=explorer></x-y>",
    "<input name=attributes><form id=fixture-rows name=body><img name=getElementById>",
    '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "toString": null}',
    '\'; alert(1); //\n"); window.ran=1; ("\n*/ window.ran=1 /*',
    "safe\u202egpj.exe \u2066hidden\u2069 \u200e\u200f\u061c\u2028\u2029\ufeff\u00ad\U000e0041",
    "null\x00byte \x08\x1b[31mred\x1b[0m \x7f\x85\x9f \r carriage",
    "a lone \ud800 surrogate \udfff and a pair \U0001f600",
    "z\u0351\u036b\u0343\u036a\u0302" * 200,
    "<" * 3_000,
    "",
    " \n\t ",
]
"""Forty and more of up to some thousand characters."""

HOSTILE = [*SHORT, "[" * 100_000, '{"a":' * 20_000, ("x" * 80 + "\n") * 20_000, "A" * 5_000_000]
"""And four that are far longer, the last a line of five million characters."""
