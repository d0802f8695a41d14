"""Fine-tune SmolLM2-135M-Instruct with LoRA on a CPU and write the adapter as GGUF.

The frozen weights are read from the GGUF that is served later. The loss is taken on the answer alone. Only the upper layers are
adapted: what the layers below give for an example never changes, so it is computed once and kept. Weights are float32, which is
several times faster than bfloat16 on a processor without bfloat16 instructions.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFWriter
from peft import LoraConfig, get_peft_model
from prompting import Catalogue, read_jsonl, render, renumbered, training_answer
from transformers import AutoModelForCausalLM, AutoTokenizer

MODULES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
END = "<|im_end|>"
IGNORED = -100


@dataclass(frozen=True)
class Example:
    """Token ids of prompt and answer; `start` is where the answer begins."""

    ids: list[int]
    start: int


@dataclass(frozen=True)
class Prepared:
    """An example below the adapted layers: hidden states of shape (length, width), and the answer's token ids."""

    hidden: torch.Tensor
    answer: torch.Tensor
    start: int

    @property
    def length(self) -> int:
        """The number of tokens of prompt and answer."""
        return self.hidden.shape[0]


def chat_text(messages: list[dict[str, str]]) -> str:
    """What the model's chat template renders for messages that begin with a system turn, up to where the answer begins."""
    turns = "".join(f"<|im_start|>{turn['role']}\n{turn['content']}{END}\n" for turn in messages)
    return turns + "<|im_start|>assistant\n"


def encode(record: dict[str, Any], prompt: Path, catalogue: Catalogue | None, tokenizer: Any, rng: random.Random) -> Example:
    """Turn a training record into tokens, its article numbers replaced by others."""
    record, context = renumbered(record, catalogue.context(record["input"]) if catalogue else "", rng)
    messages = render(prompt, record["input"], context)
    text = chat_text(messages)
    if text != tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True):
        raise ValueError(f"{record['id']}: the training text is not what the chat template renders")
    before = tokenizer(text, add_special_tokens=False).input_ids
    answer = tokenizer(training_answer(record, context) + END, add_special_tokens=False).input_ids
    return Example(before + answer, len(before))


def through(layers: Any, hidden: torch.Tensor, rotary: Any) -> torch.Tensor:
    """Pass hidden states of shape (batch, length, width) through some layers.

    Attention is causal and padding stands on the right, so no padded position reaches a real one and no mask is needed.
    """
    places = torch.arange(hidden.shape[1]).unsqueeze(0)
    embeddings = rotary(hidden, places)
    for layer in layers:
        hidden = layer(hidden, attention_mask=None, position_ids=places, position_embeddings=embeddings, use_cache=False)
    return hidden


@torch.no_grad()
def prepare(decoder: Any, examples: list[Example], first_layer: int) -> list[Prepared]:
    """Run the frozen lower layers once for every example."""
    found = []
    for example in examples:
        embedded = decoder.embed_tokens(torch.tensor([example.ids]))
        hidden = through(decoder.layers[:first_layer], embedded, decoder.rotary_emb)[0]
        found.append(Prepared(hidden.clone(), torch.tensor(example.ids[example.start :]), example.start))
    return found


def batches(examples: list[Prepared], size: int, rng: random.Random) -> list[list[Prepared]]:
    """One epoch in random order; examples of similar length share a batch, so that little is padded."""
    order = rng.sample(examples, len(examples))
    found = []
    for start in range(0, len(order), 8 * size):
        chunk = sorted(order[start : start + 8 * size], key=lambda example: example.length)
        found += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    rng.shuffle(found)
    return found


def answer_loss(model: Any, batch: list[Prepared], first_layer: int) -> torch.Tensor:
    """Cross entropy of the answers; only positions that predict an answer token are projected to the vocabulary."""
    causal = model.base_model.model
    padded = torch.nn.utils.rnn.pad_sequence([example.hidden for example in batch], batch_first=True)
    hidden = through(causal.model.layers[first_layer:], padded, causal.model.rotary_emb)
    wanted = torch.cat([hidden[row, example.start - 1 : example.length - 1] for row, example in enumerate(batch)])
    logits = causal.lm_head(causal.model.norm(wanted))
    return torch.nn.functional.cross_entropy(logits, torch.cat([example.answer for example in batch]))


def fit(model: Any, examples: list[Prepared], options: argparse.Namespace) -> dict[str, Any]:
    """Train the adapter.

    Returns:
        The loss curve (mean over each ten steps) and the totals of the training.
    """
    rng = random.Random(options.seed)
    steps = math.ceil(len(examples) / options.batch_size) * options.epochs
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=options.learning_rate, weight_decay=0.0)

    def rate(step: int) -> float:
        warm_up = min(1.0, (step + 1) / max(1.0, steps * 0.06))
        return warm_up * max(0.02, 0.5 * (1 + math.cos(math.pi * step / steps)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    model.train()
    started, tokens, curve, recent = time.monotonic(), 0, [], []
    for _ in range(options.epochs):
        for batch in batches(examples, options.batch_size, rng):
            loss = answer_loss(model, batch, options.first_layer)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            recent.append(loss.item())
            tokens += sum(example.length for example in batch)
            if len(recent) == 10:
                step = 10 * (len(curve) + 1)
                curve.append({"step": step, "loss": round(sum(recent) / 10, 4)})
                recent = []
                speed = tokens / (time.monotonic() - started)
                print(f"step {step}/{steps} loss {curve[-1]['loss']} {speed:.0f} tok/s", flush=True)
    return {
        "examples": len(examples),
        "steps": steps,
        "tokens": tokens,
        "seconds": round(time.monotonic() - started),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "loss_curve": curve,
    }


def permuted(matrix: np.ndarray, heads: int) -> np.ndarray:
    """Reorder the rows of a query or key matrix as llama.cpp orders rotary pairs."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_adapter(model: Any, path: Path, alpha: int) -> None:
    """Write the adapter as a GGUF file that llama.cpp loads beside the base model."""
    config = model.base_model.model.config
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    writer = GGUFWriter(str(path), "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(alpha))
    writer.add_name(f"order intake {path.stem}")
    for name, module in model.base_model.model.named_modules():
        if "default" not in getattr(module, "lora_A", {}):
            continue
        parts = name.split(".")
        layer, kind = parts[parts.index("layers") + 1], parts[-1]
        first = module.lora_A["default"].weight.detach().float().numpy()
        second = module.lora_B["default"].weight.detach().float().numpy()
        if kind in heads:
            second = permuted(second, heads[kind])
        tensor = f"blk.{layer}.{MODULES[kind]}.weight"
        writer.add_tensor(f"{tensor}.lora_a", np.ascontiguousarray(first.astype(np.float16)))
        writer.add_tensor(f"{tensor}.lora_b", np.ascontiguousarray(second.astype(np.float16)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def answers(model: Any, tokenizer: Any, records: list[dict[str, Any]], prompt: Path, catalogue: Catalogue | None) -> list[str]:
    """The trained model's own greedy answers, to compare with the served adapter's."""
    model.eval()
    model.base_model.model.config.use_cache = True
    found = []
    for record in records:
        context = catalogue.context(record["input"]) if catalogue else ""
        text = chat_text(render(prompt, record["input"], context))
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")
        with torch.no_grad():
            output = model.generate(**ids, max_new_tokens=90, do_sample=False, eos_token_id=2, pad_token_id=2)
        found.append(tokenizer.decode(output[0][ids.input_ids.shape[1] :], skip_special_tokens=True).strip())
    return found


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="the GGUF of the base model")
    parser.add_argument("--data", type=Path, required=True, help="training examples, JSONL")
    parser.add_argument("--prompt", type=Path, required=True, help="prompt file the adapter will be asked with")
    parser.add_argument("--catalogue", type=Path, help="folder of catalogue files, for an adapter that is asked with context")
    parser.add_argument("--out", type=Path, required=True, help="the adapter to write; a .json log stands beside it")
    parser.add_argument("--check", type=Path, help="records to answer after training, JSONL")
    parser.add_argument("--check-limit", type=int, default=20)
    parser.add_argument("--limit", type=int, help="use only the first examples")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--first-layer", type=int, default=8, help="the lowest layer that is adapted")
    parser.add_argument("--alpha", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    """Train one adapter and write it with its log."""
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    folder, file = str(options.base.parent), options.base.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    base = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    base.config.use_cache = False
    adapted = list(range(options.first_layer, base.config.num_hidden_layers))
    lora = LoraConfig(
        r=options.rank, lora_alpha=options.alpha, target_modules=list(MODULES), layers_to_transform=adapted, task_type="CAUSAL_LM"
    )
    model = get_peft_model(base, lora)
    catalogue = Catalogue(options.catalogue) if options.catalogue else None
    records = read_jsonl(options.data)[: options.limit]
    rng = random.Random(options.seed)
    examples = [encode(record, options.prompt, catalogue, tokenizer, rng) for record in records]
    lengths = [len(example.ids) for example in examples]
    print(f"{len(examples)} examples, {sum(lengths)} tokens an epoch, longest {max(lengths)}", flush=True)
    started = time.monotonic()
    prepared = prepare(model.base_model.model.model, examples, options.first_layer)
    prepare_seconds = round(time.monotonic() - started)
    log = fit(model, prepared, options) | {"prepare_seconds": prepare_seconds}
    write_adapter(model, options.out, options.alpha)
    shown = ("epochs", "seed", "learning_rate", "batch_size", "rank", "alpha", "first_layer", "threads")
    log |= {name: getattr(options, name) for name in shown}
    if options.check:
        checked = read_jsonl(options.check)[: options.check_limit]
        texts = answers(model, tokenizer, checked, options.prompt, catalogue)
        log["answers"] = {record["id"]: text for record, text in zip(checked, texts, strict=True)}
    options.out.with_suffix(".json").write_text(json.dumps(log, indent=1) + "\n")
    print(f"{log['seconds']} s, {log['memory_mb']} MB")


if __name__ == "__main__":
    main()
