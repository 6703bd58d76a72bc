"""Socket.IO: events in, snapshots out."""
