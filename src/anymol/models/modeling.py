"""The model: encode molecules, project them, splice them into the prompt, decode.

The decoder inside is whatever ``AutoModelForCausalLM`` makes of its config, untouched and fed through
``inputs_embeds``. Shape letters: B rows, L tokens, H width, M molecules, N states of all molecules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForCausalLM, GenerationConfig, GenerationMixin, PreTrainedModel
from transformers import initialization as init
from transformers.cache_utils import Cache
from transformers.modeling_outputs import CausalLMOutputWithPast

from anymol.adapters.adapter import Adapter
from anymol.adapters.injection import NETWORKS
from anymol.adapters.mora.config import MoraConfig
from anymol.encoder_states import EncoderStates
from anymol.encoders.encoder import Batch, ExtraParameters
from anymol.encoders.table import ENCODERS, build_encoder
from anymol.errors import ConfigError
from anymol.modalities.modality import Modality
from anymol.models.adaptation import ModelAdapter, ModelAdapters, merge_lora, put_adapters, read_adapters, remove_lora
from anymol.models.config import AnyMolConfig
from anymol.models.decoding.choice import choose_decoder
from anymol.models.decoding.feed import StepDecoder
from anymol.models.extra_embeddings import ExtraTokens, Markers, RoleEmbedding
from anymol.models.loss import compute_loss
from anymol.models.own_weights import read_own_weights
from anymol.models.prompt_layout import count_positions, lay_out_prompts
from anymol.models.splicing import Molecules, ReadAtoms, ReadsMolecules
from anymol.projectors import ResamplerProjector, build_projector


class AnyMolForCausalLM(PreTrainedModel, ReadsMolecules, GenerationMixin):
    """A causal language model that reads molecules as tokens of their own.

    ``logits = decoder(splice(embed(ids), projector(encoder(molecules)) + role))``

    Args:
        config: Decoder and modalities.
        decoder: The decoder, already built and loaded; None builds one with fresh weights from the config.
    """

    config_class = AnyMolConfig
    base_model_prefix = ""
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True
    # All but the decoder is small, and what learns beside a decoder in bf16 learns in fp32: a step of bf16 is larger
    # than most updates.
    _keep_in_fp32_modules_strict = {  # noqa: RUF012  # declared there, for an instance
        "encoders", "projectors", "markers", "role_embedding", "extra_tokens", "variants", NETWORKS, "lora_A", "lora_B",
    }  # fmt: skip

    def __init__(self, config: AnyMolConfig, decoder: PreTrainedModel | None = None) -> None:
        requested = config._attn_implementation  # before transformers fills in a default that the decoder may not know
        super().__init__(config)
        if decoder is None:
            decoder = _build_decoder(config, requested)
        else:
            for module in decoder.modules():
                vars(module)["_is_hf_initialized"] = True  # it is loaded: init_weights must leave it alone
        self.decoder: Any = decoder
        # generate() makes masks by our config: they must be of the kind that the decoder's attention reads.
        config._attn_implementation = decoder.config._attn_implementation
        width = config.text_config.hidden_size
        self.encoders = nn.ModuleDict()
        self.projectors = nn.ModuleDict()
        self.markers = nn.ModuleDict()
        self.reads_absent = False
        for name, modality in config.modality_configs.items():
            self.encoders[name] = build_encoder(modality.encoder)
            if modality.projector is not None:
                if modality.markers:
                    self.markers[name] = Markers(width)
                self.projectors[name] = build_projector(modality.projector, modality.encoder.width, width)
        self.role_embedding = RoleEmbedding(config.n_roles, width) if len(self.projectors) else None
        self.extra_tokens: ExtraTokens | None = None
        if config.base_vocab_size is not None:
            # An embedding that scales its rows (Gemma) cannot share them with the head.
            plain = type(decoder.get_input_embeddings()) is nn.Embedding
            tied = plain and bool(config.text_config.tie_word_embeddings)
            self.extra_tokens = ExtraTokens(config.base_vocab_size, config.n_extra_tokens, width, tied=tied)
            # A hook rather than a wrapper: the decoder's modules keep their names, and what it does to logits after
            # its head (soft caps, scaling) happens to the new ones too.
            self.decoder.get_output_embeddings().register_forward_hook(self.extra_tokens.append_logits)
        self.post_init()
        self.adapter: Adapter | None = None
        # Only now: post_init would draw the adapter's weights anew, and its B must start at zero.
        if config.adapters:
            self._put(config.adapter_configs)

    def inject_adapter(self, configs: Sequence[ModelAdapter]) -> Adapter | None:
        """Put an adapter with fresh weights into the decoder and note it in the config, so that it is saved along.

        Args:
            configs: Its methods; the first that matches a place takes it.

        Returns:
            The handle; None for LoRA, which is PEFT's.

        Raises:
            AdapterError: They do not fit the decoder.
            ConfigError: The model has an adapter already, or MoRA reads states of a width that no encoder gives.
        """
        if self.config.adapters:
            raise ConfigError("this model already has an adapter", hint="merge or remove it first")
        read = read_adapters(configs)
        adapter = self._put(read)
        self.config.adapters = ModelAdapters.dump_python(read, mode="json")
        return adapter

    def merge_adapter(self) -> None:
        """Write the adapter into the decoder's weights for good; the config has none any more.

        Raises:
            MergeError: The method cannot be written as one weight.
        """
        if self.adapter is not None:
            self.adapter.remove(keep_merged=True)
            self.adapter = None
        else:
            merge_lora(self.decoder)
        self.config.adapters = []

    def remove_adapter(self) -> None:
        """Take the adapter out: the decoder is what it was before, to the bit."""
        if self.adapter is not None:
            self.adapter.remove()
            self.adapter = None
        else:
            remove_lora(self.decoder)
        self.config.adapters = []

    @torch.no_grad()
    def read_molecules(self, graph: Batch) -> ReadAtoms:
        """Return the atoms of one prompt's molecules as MoRA reads them; see :func:`lay_out_prompts`.

        Args:
            graph: The molecules; those without ``roles`` play the first role.
        """
        none = torch.zeros_like(graph["n_atoms"])
        encoded = self._encode({Modality.GRAPH: graph})
        return lay_out_prompts(encoded[Modality.GRAPH], {"roles": none, **graph, "prompts": none}, 1)

    def _put(self, configs: Sequence[ModelAdapter]) -> Adapter | None:
        for config in configs:
            if isinstance(config, MoraConfig):
                widths = [encoder.width for name, encoder in self.encoders.items() if name == Modality.GRAPH]
                if widths != [config.state_width]:
                    shown = f"{widths[0]} wide" if widths else "missing: the model has no modality"
                    raise ConfigError(
                        f"MoRA reads atom states of width {config.state_width}; the encoder's are {shown}",
                        hint="set state_width to the encoder's width",
                    )
        self.adapter = put_adapters(self.decoder, configs)
        return self.adapter

    @property
    def is_conditioned(self) -> bool:
        """Whether the adapter is written for each prompt's molecules (MoRA)."""
        return self.adapter is not None and any(isinstance(one, MoraConfig) for one in self.adapter.configs)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *arguments: Any, **keywords: Any) -> Any:
        """Return the model of a directory, as transformers does; weights may be packed, or have names of before."""
        place = pretrained_model_name_or_path
        own = None if place is None or not Path(place).is_dir() else read_own_weights(Path(place))
        found: Any
        if own is None:
            found = super().from_pretrained(place, *arguments, **keywords)
        else:
            # transformers takes weights at hand with a config and without a place.
            config = keywords.pop("config", None) or AnyMolConfig.from_pretrained(place)
            found = super().from_pretrained(None, *arguments, config=config, state_dict=own, **keywords)
        model = found[0] if keywords.get("output_loading_info") else found
        if own is not None:
            model.generation_config = GenerationConfig.from_pretrained(place)
        for module in model.encoders.modules():
            if isinstance(module, nn.BatchNorm1d) and module.num_batches_tracked is not None:
                # transformers makes fp32 of all that a module to be kept in fp32 has, of a count too.
                module.num_batches_tracked = module.num_batches_tracked.long()
        return found

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """Fill modules outside the decoder whose weights a checkpoint did not give."""
        match module:
            case RoleEmbedding() | ExtraParameters() | nn.Linear() | nn.LayerNorm() | nn.Conv2d():
                module.reset_parameters()
            case nn.MultiheadAttention():
                module._reset_parameters()
            case ExtraTokens():
                init.normal_(module.input.weight, std=0.02)
                if module.output is not None:
                    init.normal_(module.output, std=0.02)
            case ResamplerProjector():
                init.normal_(module.queries, std=0.02)
            case nn.Embedding():
                init.xavier_uniform_(module.weight)
            case _:
                super()._init_weights(module)

    def get_input_embeddings(self) -> nn.Module:
        """Return the decoder's embedding."""
        table: nn.Module = self.decoder.get_input_embeddings()
        return table

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the decoder's embedding."""
        self.decoder.set_input_embeddings(value)

    def get_output_embeddings(self) -> nn.Module:
        """Return the decoder's head."""
        head: nn.Module = self.decoder.get_output_embeddings()
        return head

    def set_output_embeddings(self, value: nn.Module) -> None:
        """Replace the decoder's head."""
        self.decoder.set_output_embeddings(value)

    def get_decoder(self, modality: str | None = None) -> nn.Module:
        """Return the decoder's body, without its head."""
        body: nn.Module = self.decoder.get_decoder()
        return body

    @property
    def n_weights(self) -> int:
        """How many weights it has."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def vocabulary_size(self) -> int:
        """Width of its logits."""
        return int(self.config.text_config.vocab_size)

    @property
    def positions(self) -> int:
        """Most tokens of a prompt with its answer; where the decoder's config states none, more than any has."""
        return int(getattr(self.config.text_config, "max_position_embeddings", 1 << 30))

    @property
    def modalities(self) -> Collection[str]:
        """What it reads beside text."""
        names: Collection[str] = self.config.modalities
        return names

    @property
    def placeholders(self) -> Mapping[str, int]:
        """Modality -> id of its placeholder."""
        ids: Mapping[str, int] = self.config.placeholder_token_ids
        return ids

    def make_step_decoder(self, threads: int | None = None) -> StepDecoder:
        """Return what runs the decoder as it is now, on so many CPU threads: no adapter may be put in later."""
        return choose_decoder(self.decoder, self.adapter if self.is_conditioned else None, threads)

    def embed_text(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Return the embeddings (B, L, H) of token ids (B, L), placeholders among them."""
        table = self.decoder.get_input_embeddings()
        embeds: torch.Tensor
        embeds = table(input_ids) if self.extra_tokens is None else self.extra_tokens.embed(input_ids, table)
        return embeds

    def read_prompts(
        self, input_ids: torch.Tensor, molecules: Molecules | None = None
    ) -> tuple[torch.Tensor, ReadAtoms | None]:
        """Return what the decoder is given of some prompts.

        Args:
            input_ids: Shape (B, L); see :meth:`embed`.
            molecules: Records for its placeholders; see :meth:`embed`.

        Returns:
            The embeddings (B, L, H); and the atoms as the adapter reads them (:func:`lay_out_prompts`), None where it
            reads none or there are none.
        """
        molecules = molecules or {}
        encoded = self._encode(molecules)
        embeddings = self._splice(input_ids, molecules, encoded)
        graphs = encoded.get(Modality.GRAPH)
        if not self.is_conditioned or graphs is None:
            return embeddings, None
        return embeddings, lay_out_prompts(graphs, molecules[Modality.GRAPH], len(input_ids))

    def _reach_absent(self, embeds: torch.Tensor, present: Collection[str]) -> torch.Tensor:
        """Let modalities that the batch lacks run on a dummy of weight 0, where that is asked for.

        Processes of a data-parallel run reduce the gradient of each weight together: one that left a weight out would
        keep the others waiting.
        """
        if not (self.training and self.reads_absent):
            return embeds
        on_gpu = [self.device] if self.device.type == "cuda" else []
        # What a dummy draws (dropout) must not change what the decoder draws after it.
        with torch.random.fork_rng(on_gpu):
            for name in self.encoders:
                if name not in present:
                    embeds = embeds + 0.0 * self._read_dummy(name).to(embeds.dtype)
        return embeds

    def parts_without(self, present: Collection[str]) -> Iterator[nn.Module]:
        """Yield the modules that take no part where only some modalities are present, but for dummies."""
        for modules in (self.encoders, self.projectors, self.markers):
            yield from (module for name, module in modules.items() if name not in present)
        if self.role_embedding is not None and self.projectors.keys().isdisjoint(present):
            yield self.role_embedding

    def _read_dummy(self, name: str) -> torch.Tensor:
        """Return a number that every weight of a modality takes part in; running statistics stay as they are."""
        encoder: Any = self.encoders[name]
        batch = {key: value.to(self.device) for key, value in encoder.make_dummy().items()}
        states: EncoderStates = encoder(batch)
        if name not in self.projectors:  # an adapter alone reads them
            return states.states.mean()
        return self._project(name, states, torch.zeros(1, dtype=torch.int64, device=self.device)).mean()

    @contextmanager
    def _conditioned(
        self,
        molecules: Molecules,
        encoded: Mapping[str, EncoderStates],
        n_prompts: int,
        segments: torch.Tensor | None = None,
    ) -> Iterator[None]:
        """Run the decoder with the adapters of these prompts' molecules, where it has such an adapter."""
        graphs = encoded.get(Modality.GRAPH)
        if not self.is_conditioned or (graphs is None and segments is None):
            yield
            return
        assert self.adapter is not None
        if graphs is None:
            # No molecule at all: every weight is still reached, so that data parallelism waits for none.
            reference = next(self.encoders.parameters())
            states = reference.new_zeros(n_prompts, 1, self.config.modality_configs["graph"].encoder.width)
            mask = states.new_zeros(n_prompts, 1, dtype=torch.bool)
            with self.adapter.conditioned_on(states, mask, segments=segments):
                yield
            return
        with self.adapter.conditioned_on(
            *lay_out_prompts(graphs, molecules[Modality.GRAPH], n_prompts), segments=segments
        ):
            yield

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        use_cache: bool | None = None,
        molecules: Molecules | None = None,
        logits_to_keep: int | torch.Tensor = 0,
        num_items_in_batch: int | torch.Tensor | None = None,
        segments: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast:
        """Run the decoder over a prompt with its molecules spliced in.

        Args:
            input_ids: Shape (B, L), int64.
            attention_mask: Shape (B, L), 1 at real tokens; or (B, 1, L, L), bool or additive, handed to the decoder
                as it is (packed rows).
            position_ids: Shape (B, L); made from a 2-D mask where None, so that padding on either side gives the
                same answer.
            past_key_values: Cache of earlier tokens.
            inputs_embeds: Shape (B, L, H), instead of `input_ids`; then nothing is spliced.
            labels: Shape (B, L), -100 where there is no loss; compared with the logits one place before.
            use_cache: Whether to return a cache.
            molecules: Modality -> records for its placeholders; see :meth:`embed`.
            logits_to_keep: How many last positions get logits; 0 for all.
            num_items_in_batch: Tokens with loss in the whole batch; the loss is their sum over it instead of a mean.
            segments: Packed rows: the prompt of each token, shape (B, L), int64, -1 for padding; read by MoRA only.
            kwargs: Handed to the decoder.

        Returns:
            Loss (fp32, where labels are given), logits (B, L, vocabulary) and cache.

        Raises:
            ValueError: Both or neither of `input_ids` and `inputs_embeds`, or placeholders that do not fit `molecules`.
            TypeError: A modality is given as an argument of its own.
        """
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("give input_ids or inputs_embeds, one of them")
        _refuse_modalities(kwargs)
        molecules = molecules or {}
        encoded = self._encode(molecules)
        n_prompts = 0
        if input_ids is not None:
            n_prompts = len(input_ids) if segments is None else int(segments.max()) + 1
            inputs_embeds = self._reach_absent(self._splice(input_ids, molecules, encoded), encoded)
        elif molecules:
            raise ValueError("molecules can only be spliced into input_ids, not into inputs_embeds")
        fresh = past_key_values is None
        if position_ids is None and fresh and isinstance(attention_mask, torch.Tensor) and attention_mask.ndim == 2:
            position_ids = count_positions(attention_mask)
        kwargs.pop("return_dict", None)
        with self._conditioned(molecules, encoded, n_prompts, segments):
            outputs = self.decoder(
                inputs_embeds=inputs_embeds,
                attention_mask=attention_mask,
                position_ids=position_ids,
                past_key_values=past_key_values,
                use_cache=use_cache,
                logits_to_keep=logits_to_keep,
                return_dict=True,
                **kwargs,
            )
        loss = None if labels is None else compute_loss(outputs.logits, labels, num_items_in_batch)
        return CausalLMOutputWithPast(
            loss=loss,
            logits=outputs.logits,
            past_key_values=outputs.past_key_values,
            hidden_states=outputs.hidden_states,
            attentions=outputs.attentions,
        )

    @torch.no_grad()
    def generate(  # type: ignore[override]  # ours splices, then hands everything on
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        molecules: Molecules | None = None,
        **kwargs: Any,
    ) -> Any:
        """Continue prompts; molecules are encoded and spliced once, before the first token.

        Args:
            input_ids: Shape (B, L). Rows padded on the right are moved to the right edge first.
            attention_mask: Shape (B, L); None where nothing is padded.
            molecules: Modality -> records for its placeholders; see :meth:`embed`.
            kwargs: All else that ``generate`` of transformers takes.

        Returns:
            What ``generate`` of transformers returns: sequences hold the (left-padded) prompt, then the new tokens.

        Raises:
            ValueError: Spliced molecules without a cache: later steps would read placeholders as words.
            TypeError: A modality is given as an argument of its own.
        """
        transformers_generate: Any = super().generate  # type: ignore[misc]  # its self type is a protocol of theirs
        inputs = kwargs.pop("inputs", None)
        input_ids = inputs if input_ids is None else input_ids
        if input_ids is None or "inputs_embeds" in kwargs:
            return transformers_generate(input_ids=input_ids, attention_mask=attention_mask, **kwargs)
        _refuse_modalities(kwargs)
        molecules = molecules or {}
        spliced = not self.projectors.keys().isdisjoint(molecules)
        if spliced and kwargs.get("use_cache") is False:
            raise ValueError("generation with molecules needs the cache; leave use_cache at True")
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        order = (attention_mask != 0).long().argsort(dim=1, stable=True)  # padding first, tokens in their order
        input_ids, attention_mask = input_ids.gather(1, order), attention_mask.gather(1, order)
        encoded = self._encode(molecules)
        if spliced:
            kwargs["inputs_embeds"] = self._splice(input_ids, molecules, encoded)
        # Prefill and every decoded token run with the adapters written here, once.
        with self._conditioned(molecules, encoded, len(input_ids)):
            return transformers_generate(input_ids=input_ids, attention_mask=attention_mask, **kwargs)

    def resize_token_embeddings(self, new_num_tokens: int | None = None, *args: Any, **kwargs: Any) -> nn.Embedding:
        """Resize the decoder's vocabulary.

        Raises:
            ValueError: The decoder is frozen and new tokens live in a table of their own.
        """
        if self.extra_tokens is not None:
            raise ValueError("this decoder's vocabulary is frozen; new tokens live in extra_tokens")
        resized: nn.Embedding = self.decoder.resize_token_embeddings(new_num_tokens, *args, **kwargs)
        self.config.text_config.vocab_size = self.decoder.config.vocab_size
        return resized

    @torch.no_grad()
    def start_extra_tokens(self, pieces: Sequence[Sequence[int]]) -> None:
        """Start each extra token at the mean of its pieces, in the input and the output table.

        Args:
            pieces: For each extra token the ids that its text had before it became one token.
        """
        assert self.extra_tokens is not None
        embed = self.decoder.get_input_embeddings()
        outputs = self.decoder.get_output_embeddings().weight
        for row, ids in enumerate(pieces):
            index = torch.tensor(ids, device=outputs.device)
            self.extra_tokens.input.weight[row] = embed(index).float().mean(0)
            if self.extra_tokens.output is not None:
                self.extra_tokens.output[row] = outputs[index].float().mean(0)


def _refuse_modalities(arguments: Collection[str]) -> None:
    """Refuse ``graph=...``, which the decoder would take for an argument of its own and ignore."""
    if given := sorted(set(ENCODERS).intersection(arguments)):
        raise TypeError(f"molecules are given together: molecules={{'{given[0]}': ...}}")


def _build_decoder(config: AnyMolConfig, attn_implementation: str | None) -> PreTrainedModel:
    text_config = config.text_config
    if config.decoder_vocab_size is not None:
        text_config = type(text_config).from_dict({**text_config.to_dict(), "vocab_size": config.decoder_vocab_size})
    decoder: PreTrainedModel = AutoModelForCausalLM.from_config(text_config, attn_implementation=attn_implementation)
    return decoder
