"""What a picture or a clip is like, measured without any trained weights."""
