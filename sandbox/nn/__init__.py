"""The notes as code: networks, activations, initialisation, gradient descent, and what is measured on the way."""
