"""Checks of scripts.doctor; each gives findings, one by one."""
