"""Clustering of more sequences than one machine can, shard by shard, through files.

The same labels and prototypes as `labelling` gives, bit for bit, whatever the number of
shards and workers. Every step reads mapped files of a folder that all workers share
and writes one part of the next files, whole or not at all. What is there is not
computed again, so that whoever is killed loses no more than the part in work.
"""
