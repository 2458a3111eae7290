"""A decoder of the Llama and Qwen kind as an ONNX graph with a cache of ours.

The graph adds W tokens to the cache of B prompts. It reads the whole buffers of the cache, of which the mask hides what
is not in use, and returns what is to be written behind: so no key is copied. It uses fused operators of ONNX Runtime,
which runs it (:mod:`anymol.models.decoding.runtime`).

Shape letters: B prompts, W tokens of each, C columns of the buffers, H width, Q query heads, G key-value heads, d width
of a head, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from anymol.models.decoding.lean import interleave_halves
from anymol.models.decoding.weights import DecoderShape, DecoderWeights, LayerWeights

EMBEDDINGS: Final = "embeddings"
POSITIONS: Final = "positions"
MASK: Final = "mask"
KEEP: Final = "keep"
LOGITS: Final = "logits"

_RUNTIME: Final = "com.microsoft"
_OPSET: Final = 17


def name_states(what: str, layer: int) -> tuple[str, str]:
    """Return the names of the keys and values of a layer; `what` is ``past`` for an input, ``new`` for an output."""
    return f"{what}_keys_{layer}", f"{what}_values_{layer}"


@dataclass
class _Graph:
    """Nodes and weights that are being put together.

    Attributes:
        nodes: The nodes.
        constants: What the graph holds itself, and what it says of the weights beside it.
        weights: The weights beside it.
    """

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    weights: dict[str, NDArray[Any]] = field(default_factory=dict)

    def add(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: Any) -> Any:
        """Add a node and return the name of its output, or the names of several."""
        number = len(self.nodes)
        names = [f"{kind}_{number}_{place}" for place in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def hold(self, name: str, values: Any) -> str:
        """Add a constant and return its name."""
        if isinstance(values, Tensor):
            self.weights[name] = np.ascontiguousarray(values.detach().numpy())
            self.constants.append(_describe(name, self.weights[name]))
        else:
            self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def rename_last(self, name: str) -> None:
        """Give the first output of the last node a name that callers know."""
        self.nodes[-1].output[0] = name


class DecoderGraph(NamedTuple):
    """A graph, and what it leaves out: written into it, the weights would be copied five times until they run.

    Attributes:
        serialised: The graph.
        weights: Name -> its weights in fp32.
    """

    serialised: bytes
    weights: dict[str, NDArray[Any]]


def build_graph(decoder: DecoderWeights) -> DecoderGraph:
    """Return the graph of a decoder.

    Inputs are ``embeddings`` (B, W, H), ``positions`` (B, W), int64, ``mask`` (B, 1, (Q / G) W, C + W), ``keep`` (1,),
    int64, the negative number of last tokens whose logits are wanted, and for each layer the buffers (B, G, C, d) of
    its keys and values. Outputs are ``logits`` (B, keep, V) and for each layer keys and values (B, G, W, d) of the new
    tokens.

    Args:
        decoder: The decoder.
    """
    shape, graph = decoder.shape, _Graph()
    angles = torch.arange(shape.positions).float()[:, None] * decoder.frequencies.float()
    stretch = decoder.stretch
    shared = {
        "cos": graph.hold("cos", angles.cos() * stretch),
        "sin": graph.hold("sin", angles.sin() * stretch),
        "groups": graph.hold("groups", np.array([0, shape.groups, -1, shape.head])),
        "queries": graph.hold("queries", np.array([0, shape.queries, -1, shape.head])),
        "flat": graph.hold("flat", np.array([0, 0, shape.queries * shape.head])),
    }
    for name, heads in (("split_queries", shape.queries), ("split_groups", shape.groups)):
        shared[name] = graph.hold(name, np.array([0, 0, heads, shape.head]))
    kept = graph.add("Shape", name_states("past", 0)[0], start=2, end=3)
    added = graph.add("Shape", POSITIONS, start=1, end=2)
    shared["columns"] = graph.add("Concat", kept, added, axis=0)
    epsilon = shape.epsilon
    scale = graph.hold("scale_0", decoder.layers[0].attention_norm)
    normed = graph.add("SimplifiedLayerNormalization", EMBEDDINGS, scale, axis=-1, epsilon=epsilon, stash_type=1)
    states = EMBEDDINGS
    for number, layer in enumerate(decoder.layers):
        read = _add_attention(graph, number, layer, normed, shared, shape)
        scale = graph.hold(f"scale_{number}_inner", layer.feed_forward_norm)
        normed, states = _add_norm(graph, states, read, scale, epsilon)
        written = _add_feed_forward(graph, number, layer, normed)
        following = decoder.norm if number + 1 == shape.layers else decoder.layers[number + 1].attention_norm
        scale = graph.hold(f"scale_{number + 1}_next", following)
        normed, states = _add_norm(graph, states, written, scale, epsilon)
    end = graph.hold("end", np.array([np.iinfo(np.int64).max]))
    axis = graph.hold("axis", np.array([1]))
    last = graph.add("Slice", normed, KEEP, end, axis)
    weight = graph.hold("head", decoder.head.t())
    graph.add("MatMul", last, weight)
    graph.rename_last(LOGITS)
    return _finish(graph, shape)


def _add_norm(graph: _Graph, states: str, added: str, scale: str, epsilon: float) -> tuple[str, str]:
    """Add a sum and its norm; return the names of the norm and of the sum."""
    names = graph.add(
        "SkipSimplifiedLayerNormalization", states, added, scale, outputs=4, domain=_RUNTIME, epsilon=epsilon
    )
    graph.nodes[-1].output[1] = graph.nodes[-1].output[2] = ""  # mean and variance, which nobody reads
    return names[0], names[3]


def _add_attention(
    graph: _Graph, number: int, layer: LayerWeights, normed: str, shared: Mapping[str, str], shape: DecoderShape
) -> str:
    """Add what one layer reads of earlier tokens; return its name."""
    head, projections = shape.head, (layer.query, layer.key, layer.value)
    order, plain = interleave_halves(head), torch.arange(head)
    orders = (order, order, plain)
    rows = [
        one.weight.unflatten(0, (-1, head))[:, mine].flatten(0, 1)
        for one, mine in zip(projections, orders, strict=True)
    ]
    joined = graph.add("MatMul", normed, graph.hold(f"qkv_{number}", torch.cat(rows).t()))
    if projections[0].bias is not None:
        biases = [
            one.bias.view(-1, head)[:, mine].flatten()
            for one, mine in zip(projections, orders, strict=True)
            if one.bias is not None
        ]
        joined = graph.add("Add", joined, graph.hold(f"bias_{number}", torch.cat(biases)))
    sizes = graph.hold(f"sizes_{number}", np.array([len(one.weight) for one in projections]))
    parts = graph.add("Split", joined, sizes, outputs=3, axis=2)
    turned = []
    norms = {"q_norm": layer.query_norm, "k_norm": layer.key_norm, "": None}
    for (name, norm), part, split in zip(
        norms.items(), parts, ("split_queries", "split_groups", "split_groups"), strict=True
    ):
        heads = graph.add("Reshape", part, shared[split])
        if norm is not None:
            scale = graph.hold(f"{name}_{number}", norm[order])
            heads = graph.add(
                "SimplifiedLayerNormalization", heads, scale, axis=-1, epsilon=shape.epsilon, stash_type=1
            )
        turned.append(graph.add("Transpose", heads, perm=[0, 2, 1, 3]))
    new_keys, new_values = name_states("new", number)
    rotated = graph.add(
        "RotaryEmbedding", turned[0], POSITIONS, shared["cos"], shared["sin"], domain=_RUNTIME, interleaved=1
    )
    graph.add("RotaryEmbedding", turned[1], POSITIONS, shared["cos"], shared["sin"], domain=_RUNTIME, interleaved=1)
    graph.rename_last(new_keys)
    graph.add("Identity", turned[2])
    graph.rename_last(new_values)
    past_keys, past_values = name_states("past", number)
    # (B, Q, W, d) to (B, G, (Q / G) W, d): the heads of a group ask the same keys.
    queries = graph.add("Reshape", rotated, shared["groups"])
    scaling = head**-0.5
    scores = [
        graph.add("FusedMatMul", queries, keys, domain=_RUNTIME, transB=1, alpha=scaling)
        for keys in (past_keys, new_keys)
    ]
    weights = graph.add("Softmax", graph.add("Add", graph.add("Concat", *scores, axis=3), MASK), axis=-1)
    old, new = graph.add("Split", weights, shared["columns"], outputs=2, axis=3)
    read = graph.add("Add", graph.add("MatMul", old, past_values), graph.add("MatMul", new, turned[2]))
    heads = graph.add("Transpose", graph.add("Reshape", read, shared["queries"]), perm=[0, 2, 1, 3])
    out = graph.hold(f"out_{number}", layer.out.weight.t())
    mixed: str = graph.add("MatMul", graph.add("Reshape", heads, shared["flat"]), out)
    if layer.out.bias is not None:
        mixed = graph.add("Add", mixed, graph.hold(f"out_bias_{number}", layer.out.bias))
    return mixed


def _add_feed_forward(graph: _Graph, number: int, layer: LayerWeights, normed: str) -> str:
    """Add ``W_down (silu(W_gate x) * W_up x)``; return its name."""
    joined = torch.cat([layer.gate, layer.up]).t()
    inner = graph.add("MatMul", normed, graph.hold(f"gate_up_{number}", joined))
    half = len(layer.gate)
    sizes = graph.hold(f"halves_{number}", np.array([half, half]))
    gate, up = graph.add("Split", inner, sizes, outputs=2, axis=2)
    # x sigmoid(alpha x) is silu where alpha is 1.
    gated = graph.add("Mul", graph.add("QuickGelu", gate, domain=_RUNTIME, alpha=1.0), up)
    found: str = graph.add("MatMul", gated, graph.hold(f"down_{number}", layer.down.t()))
    return found


def _describe(name: str, array: NDArray[Any]) -> Any:
    """Return what a graph says of a weight that stands beside it."""
    described = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=array.shape)
    described.data_location = TensorProto.EXTERNAL
    described.external_data.add(key="location", value=name)  # a file that is never looked for
    return described


def _finish(graph: _Graph, shape: DecoderShape) -> DecoderGraph:
    groups, head, shared = shape.groups, shape.head, shape.queries // shape.groups
    real, whole = TensorProto.FLOAT, TensorProto.INT64
    inputs = [
        helper.make_tensor_value_info(EMBEDDINGS, real, ["B", "W", shape.width]),
        helper.make_tensor_value_info(POSITIONS, whole, ["B", "W"]),
        helper.make_tensor_value_info(MASK, real, ["B", 1, f"{shared}W", "C+W"]),
        helper.make_tensor_value_info(KEEP, whole, [1]),
    ]
    outputs = [helper.make_tensor_value_info(LOGITS, real, ["B", "keep", shape.vocabulary])]
    for number in range(shape.layers):
        for name in name_states("past", number):
            inputs.append(helper.make_tensor_value_info(name, real, ["B", groups, "C", head]))
        for name in name_states("new", number):
            outputs.append(helper.make_tensor_value_info(name, real, ["B", groups, "W", head]))
    made = helper.make_graph(graph.nodes, "decoder", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_RUNTIME, 1)]
    serialised: bytes = helper.make_model(made, opset_imports=opsets, ir_version=9).SerializeToString()
    return DecoderGraph(serialised, graph.weights)
