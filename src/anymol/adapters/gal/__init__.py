"""GAL: a LoRA whose scale is learned (Omni-Mol, arXiv 2502.01074)."""
