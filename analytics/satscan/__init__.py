"""SaTScan's file formats: cases, controls, populations and coordinates in; frames for the scan and a report out.

`docs/scanning.md` describes the formats. What the formats leave open is decided as SaTScan decides it (User Guide
v10, "Input Data"), so that the same files give the same answer.
"""
