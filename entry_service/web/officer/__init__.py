"""The pages of the public health centre."""
