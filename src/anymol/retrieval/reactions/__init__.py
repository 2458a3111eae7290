"""Reactions that were carried out, and the templates they follow: built from files, searched by product, cited."""
