"""The instruments: small synthesisers in numpy, each written for this song."""
