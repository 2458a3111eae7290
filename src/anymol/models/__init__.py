"""The language model: tokenizer, config, and modelling that splices molecule tokens into an untouched decoder.

Import concrete modules (``anymol.models.modeling``); :func:`register` makes the Auto classes know them.
"""


def register() -> None:
    """Register config, model and processor with the Auto classes of transformers; calling it again does nothing."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoProcessor

    from anymol.models.config import AnyMolConfig
    from anymol.models.modeling import AnyMolForCausalLM
    from anymol.models.processor import AnyMolProcessor

    AutoConfig.register(AnyMolConfig.model_type, AnyMolConfig, exist_ok=True)
    AutoModelForCausalLM.register(AnyMolConfig, AnyMolForCausalLM, exist_ok=True)
    AutoProcessor.register(AnyMolConfig, AnyMolProcessor, exist_ok=True)
