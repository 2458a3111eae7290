"""Published weights give the outputs that an independent PyTorch Geometric implementation gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from anymol.encoders.graph import GraphEncoder, GraphEncoderConfig, collate_graphs
from anymol.encoders.graph_weights import read_graph_weights, translate_graph_weights
from anymol.errors import CheckpointError
from anymol.modalities.graph import MolecularGraph

N_LAYERS, WIDTH = 3, 20


def make_reference() -> nn.Module:
    """The GIN as pretrain-gnns writes it (github.com/snap-stanford/pretrain-gnns, chem/model.py), on MessagePassing."""
    pytest.importorskip("torch_geometric")
    from torch_geometric.nn import MessagePassing
    from torch_geometric.utils import add_self_loops

    class GinConv(MessagePassing):
        def __init__(self) -> None:
            super().__init__(aggr="add")
            self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.ReLU(), nn.Linear(2 * WIDTH, WIDTH))
            self.edge_embedding1 = nn.Embedding(6, WIDTH)
            self.edge_embedding2 = nn.Embedding(3, WIDTH)

        def forward(self, x: torch.Tensor, edge_index: torch.Tensor, edge_attr: torch.Tensor) -> torch.Tensor:
            edge_index, _ = add_self_loops(edge_index, num_nodes=x.size(0))
            loops = torch.zeros(x.size(0), 2, dtype=edge_attr.dtype)
            loops[:, 0] = 4
            edge_attr = torch.cat((edge_attr, loops), dim=0)
            edges = self.edge_embedding1(edge_attr[:, 0]) + self.edge_embedding2(edge_attr[:, 1])
            return self.propagate(edge_index, x=x, edge_attr=edges)

        def message(self, x_j: torch.Tensor, edge_attr: torch.Tensor) -> torch.Tensor:
            return x_j + edge_attr

        def update(self, aggr_out: torch.Tensor) -> torch.Tensor:
            return self.mlp(aggr_out)

    class Gnn(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.x_embedding1 = nn.Embedding(120, WIDTH)
            self.x_embedding2 = nn.Embedding(3, WIDTH)
            self.gnns = nn.ModuleList(GinConv() for _ in range(N_LAYERS))
            self.batch_norms = nn.ModuleList(nn.BatchNorm1d(WIDTH) for _ in range(N_LAYERS))

        def forward(self, x: torch.Tensor, edge_index: torch.Tensor, edge_attr: torch.Tensor) -> torch.Tensor:
            h = self.x_embedding1(x[:, 0]) + self.x_embedding2(x[:, 1])
            for layer in range(N_LAYERS):
                h = self.batch_norms[layer](self.gnns[layer](h, edge_index, edge_attr))
                if layer < N_LAYERS - 1:
                    h = torch.relu(h)
            return h

    torch.manual_seed(0)
    reference = Gnn()
    for norm in reference.batch_norms:
        nn.init.normal_(norm.running_mean)
        nn.init.uniform_(norm.running_var, 0.5, 2.0)
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    return reference.eval()


def make_graphs() -> list[MolecularGraph]:
    rng = np.random.default_rng(0)
    graphs = []
    for n_atoms in (1, 4, 9):
        source = np.arange(n_atoms - 1)
        pairs = np.stack([source, source + 1], axis=1)
        bonds = np.stack([pairs, pairs[:, ::-1]], axis=1).reshape(-1, 2).T
        features = np.stack([rng.integers(0, 4, n_atoms - 1), rng.integers(0, 3, n_atoms - 1)], axis=1).repeat(
            2, axis=0
        )
        atoms = np.stack([rng.integers(0, 119, n_atoms), rng.integers(0, 3, n_atoms)], axis=1)
        graphs.append(MolecularGraph(atoms.astype(np.uint8), bonds.astype(np.int32), features.astype(np.uint8)))
    return graphs


def encode(encoder: GraphEncoder) -> torch.Tensor:
    with torch.no_grad():
        return encoder.eval()(collate_graphs([GraphEncoderConfig().read(graph) for graph in make_graphs()])).states


@pytest.mark.parametrize("prefix", ["", "gnn.", "graph2d_encoder.", "molecule_node_model.", "module.gnn."])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_published_weights_give_the_reference_outputs(prefix: str, suffix: str, tmp_path: Any) -> None:
    reference = make_reference()
    published = {prefix + name: value for name, value in reference.state_dict().items()}
    file = tmp_path / f"weights{suffix}"
    save_file(published, file) if suffix == ".safetensors" else torch.save(published, file)
    encoder = GraphEncoder(GraphEncoderConfig(n_layers=N_LAYERS, width=WIDTH))
    encoder.load_state_dict(read_graph_weights(file))
    batch = collate_graphs([GraphEncoderConfig().read(graph) for graph in make_graphs()])
    with torch.no_grad():
        expected = reference(batch["atoms"], batch["bonds"], batch["bond_features"])
    torch.testing.assert_close(encode(encoder), expected)


def test_training_steps_agree_with_the_reference() -> None:
    reference = make_reference().double().train()  # batch norm over few atoms magnifies rounding
    encoder = GraphEncoder(GraphEncoderConfig(n_layers=N_LAYERS, width=WIDTH)).double().train()
    encoder.load_state_dict(translate_graph_weights(reference.state_dict()))
    batch = collate_graphs([GraphEncoderConfig().read(graph) for graph in make_graphs()])
    expected = reference(batch["atoms"], batch["bonds"], batch["bond_features"])
    got = encoder(batch).states
    torch.testing.assert_close(got, expected)
    expected.pow(3).sum().backward()
    got.pow(3).sum().backward()
    torch.testing.assert_close(encoder.atom_embedding.weight.grad, reference.x_embedding1.weight.grad)
    torch.testing.assert_close(
        encoder.layers[1].bond_embedding.weight.grad, reference.gnns[1].edge_embedding1.weight.grad
    )
    torch.testing.assert_close(encoder.norms[0].running_var, reference.batch_norms[0].running_var)


def test_heads_are_left_behind_and_strangers_refused() -> None:
    weights = {"x_embedding1.weight": torch.zeros(120, 4), "graph_pred_linear.weight": torch.zeros(1, 4)}
    assert set(translate_graph_weights(weights)) == {"atom_embedding.weight"}
    with pytest.raises(CheckpointError, match="layer3"):
        translate_graph_weights({"layer3.conv.weight": torch.zeros(1)})


def test_files_that_are_missing_damaged_or_run_code_are_refused(tmp_path: Any) -> None:
    with pytest.raises(CheckpointError, match="no weights at"):
        read_graph_weights(tmp_path / "absent.pth")
    (tmp_path / "damaged.safetensors").write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match="plain weights"):
        read_graph_weights(tmp_path / "damaged.safetensors")
    torch.save({"x_embedding1.weight": print}, tmp_path / "code.pth")
    with pytest.raises(CheckpointError):
        read_graph_weights(tmp_path / "code.pth")
