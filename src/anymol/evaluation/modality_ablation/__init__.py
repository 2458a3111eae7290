"""What each modality shown beside a molecule adds to the answers: paired evaluations of the same questions."""
