"""The command line of lm-evaluation-harness, which knows the model type ``anymol`` when it is called so.

python -m anymol.evaluation.harness run --model anymol --model_args pretrained=DIR --tasks TASK --include_path FOLDER
"""

from __future__ import annotations

from anymol.evaluation.harness.require import require_harness


def main() -> None:
    """Register the model type and hand over.

    Raises:
        MissingDependencyError: lm-evaluation-harness is not installed.
    """
    require_harness()
    from lm_eval.__main__ import cli_evaluate

    import anymol.evaluation.harness.lm  # noqa: F401  registers the model type

    cli_evaluate()


if __name__ == "__main__":
    main()
