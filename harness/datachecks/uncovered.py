"""Clusters of production inputs that no fixture is like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

_FAR = 0.10
"""The quantile of how near fixtures are to each other below which an input is far from all of them."""

_LEAST = 3
"""Inputs that make a cluster."""

_LOOSE = 0.5
"""How alike clusters must be on average to be joined, in parts of what counts as far."""

_MOST = 800
"""Inputs that are clustered; of more, those farthest from any fixture."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Inputs that are like each other and like no fixture.

    Attributes:
        members: Rows of the similarities, the most typical first.
        nearest: Mean similarity of a member to its nearest fixture.
        within: Mean similarity of a member to the others.
        weight: How far its members are from the fixtures altogether, which is what chance is asked about.
    """

    members: tuple[int, ...]
    nearest: float
    within: float
    weight: float


def uncovered_clusters(similarities: Floats, is_fixture: Mask, nearest: Floats) -> list[Cluster]:
    """Find the clusters, largest first.

    An input is far if its nearest fixture is farther than that of nine fixtures in ten is from them. Inputs that are far are
    joined by average linkage; a cluster counts where its members' nearest neighbours are among them rather than among the
    fixtures.

    Args:
        similarities: Of all inputs, shape (n, n), 0 to 1.
        is_fixture: Shape (n,); the others are production's.
        nearest: The similarity of each production input to its nearest fixture, in their order.
    """
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    fixtures, production = np.flatnonzero(is_fixture), np.flatnonzero(~is_fixture)
    if len(fixtures) == 0 or len(production) < _LEAST:
        return []
    limit = far_below(similarities, fixtures)
    order = np.argsort(nearest, kind="stable")
    chosen = order[nearest[order] < limit][:_MOST]
    if len(chosen) < _LEAST:
        return []
    rows = production[chosen]
    near = nearest[chosen]
    alike = similarities[np.ix_(rows, rows)]
    distance = np.clip(1 - (alike + alike.T) / 2, 0, None)
    np.fill_diagonal(distance, 0)
    labels = hierarchy.fcluster(hierarchy.linkage(squareform(distance, checks=False), "average"), 1 - _LOOSE * limit, "distance")
    found = []
    for label in np.unique(labels):
        inside = np.flatnonzero(labels == label)
        if len(inside) < _LEAST:
            continue
        among = alike[np.ix_(inside, inside)]
        to_others = (among.sum(axis=1) - among.diagonal()) / (len(inside) - 1)
        np.fill_diagonal(among, 0)
        within, far = float(among.max(axis=1).mean()), float(near[inside].mean())
        if within > far:
            typical = inside[np.argsort(-to_others, kind="stable")]
            weight = float((limit - near[inside]).sum())
            found.append(Cluster(tuple(int(row) for row in rows[typical]), far, within, weight))
    return sorted(found, key=lambda cluster: (-cluster.weight, cluster.members))


def far_below(similarities: Floats, fixtures: npt.NDArray[np.intp]) -> float:
    """The similarity to the nearest fixture below which an input is far: a low quantile of what fixtures have among them."""
    if len(fixtures) < 2:
        return 0.2
    among = similarities[np.ix_(fixtures, fixtures)].copy()
    np.fill_diagonal(among, -1)
    return float(np.clip(np.quantile(among.max(axis=1), _FAR), 0.1, 0.6))
