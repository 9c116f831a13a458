"""Importers of frozen graphs into today's TVM, a package a source framework; none imports early."""
