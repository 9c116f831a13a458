"""What a case file may say, and loading one.

`case` is the schema, with a module for each group of tables; `case_file` reads TOML,
`candidate_words` reads `relay-host-nchw`. Imports `errors`, `results` and `stacks`; reads no model
or image.
"""
