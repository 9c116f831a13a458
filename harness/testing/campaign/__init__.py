"""The campaign: hundreds of faults, each with the status or exit code and the words it ends in.

A module for each domain of faults holds a list of `CampaignFault`, which the tests of this room
run. `server` is a warm process that runs each in a fork of itself; docs/robustness.md says how to
run the campaign and what it promises.
"""
