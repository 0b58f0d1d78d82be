"""The generic signed webhook: any system that can send and take JSON over HTTP."""
