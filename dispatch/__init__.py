"""From an event to the right people told and their answers kept.

The story in order: `receive` (an event becomes an incident), `selection` (who is sent and why),
`messages` and `outbox` (what they are told), `answers` (what they say), `escalate` (what falls due),
`lifecycle` (what a person decides), `response_time` (how fast help came).
"""
