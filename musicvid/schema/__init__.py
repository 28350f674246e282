"""The nouns: frozen dataclasses of standard-library types. Nothing here reads files or imports other rooms."""
