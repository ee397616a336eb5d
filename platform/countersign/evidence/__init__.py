"""Evidence bundles: what a run stands on, in one signed file that anybody checks without us.

`gather`, `story`, `custody` and `services` make bundles and need the site; everything else here reads them offline.
"""
