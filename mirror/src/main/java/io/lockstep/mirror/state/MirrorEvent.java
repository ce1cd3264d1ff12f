package io.lockstep.mirror.state;

/// What has just happened in a mirror, one thing each, in the order in which it happened. None is
/// left out and no two are made one, so that a log of them tells the story.
public sealed interface MirrorEvent {
  /// What has become of what, in the words of the states; or what has happened, with its number.
  String change();

  /// Why, in a few words, for people; may be empty.
  String why();

  /// A state has changed.
  sealed interface Changed extends MirrorEvent {
    /// Whose state: `role`, `disk` or `connection`.
    String what();

    /// The state before, as people know it.
    String before();

    /// The state now.
    String after();

    @Override
    default String change() {
      return "%s %s -> %s".formatted(what(), before(), after());
    }
  }

  /// This node's role.
  record RoleChanged(Role from, Role to, String why) implements Changed {
    @Override
    public String what() {
      return "role";
    }

    @Override
    public String before() {
      return from.label();
    }

    @Override
    public String after() {
      return to.label();
    }
  }

  /// The state of this node's disk.
  record DiskChanged(DiskState from, DiskState to, String why) implements Changed {
    @Override
    public String what() {
      return "disk";
    }

    @Override
    public String before() {
      return from.label();
    }

    @Override
    public String after() {
      return to.label();
    }
  }

  /// What the link to the other node is doing.
  record ConnectionChanged(ConnectionState from, ConnectionState to, String why)
      implements Changed {
    @Override
    public String what() {
      return "connection";
    }

    @Override
    public String before() {
      return from.label();
    }

    @Override
    public String after() {
      return to.label();
    }
  }

  /// Something has happened that is no state, or was found.
  sealed interface Noted extends MirrorEvent {
    /// A word for it, for scripts.
    String kind();

    /// Its number; empty where it has none.
    default String number() {
      return "";
    }

    @Override
    default String change() {
      return number().isEmpty() ? kind() : kind() + " " + number();
    }
  }

  /// Records on the disk were damaged, and were read around or made anew.
  ///
  /// @param part which of them: `superblock copy A`, `bitmap page 3`, ...
  /// @param why what was damaged, and what was done about it
  record MetadataDamaged(String part, String why) implements Noted {
    @Override
    public String kind() {
      return "metadata-damaged";
    }
  }

  /// The disk has failed in an earlier life of the node, and was not filled since.
  record FailedBefore(String why) implements Noted {
    @Override
    public String kind() {
      return "failed-before";
    }
  }

  /// The file system that holds the disk's file has no room for a write: the disk is let go.
  record NoSpaceLeft(String why) implements Noted {
    @Override
    public String kind() {
      return "no-space-left";
    }
  }

  /// The content of blocks of 4 KiB is given up: reading them is an error until they are written.
  ///
  /// @param blocks how many are recorded so now
  record ContentLost(int blocks, String why) implements Noted {
    @Override
    public String kind() {
      return "content-lost";
    }

    @Override
    public String number() {
      return String.valueOf(blocks);
    }
  }

  /// This disk could not read a block of 4 KiB; the other node's was given and written back.
  ///
  /// @param blocks how many there were since the start
  /// @param offset where this one begins, in bytes of the replicated space
  record ReadFromPeer(long blocks, long offset) implements Noted {
    @Override
    public String kind() {
      return "read-from-peer";
    }

    @Override
    public String number() {
      return String.valueOf(blocks);
    }

    @Override
    public String why() {
      return "the last at byte %d of the mirror".formatted(offset);
    }
  }

  /// The resync from this node stands still, since the rest cannot be read.
  ///
  /// @param blocks of 4 KiB that were found so
  /// @param offset where the first begins, in bytes of the replicated space
  record ResyncPaused(int blocks, long offset) implements Noted {
    @Override
    public String kind() {
      return "resync-paused";
    }

    @Override
    public String number() {
      return String.valueOf(blocks);
    }

    @Override
    public String why() {
      return "blocks cannot be read, the first at byte %d of the mirror".formatted(offset);
    }
  }

  /// It does not stand still any more: it goes on, reads again, or is over with its link.
  record ResyncUnpaused(String why) implements Noted {
    @Override
    public String kind() {
      return "resync-unpaused";
    }
  }

  /// Both nodes hold changes that the other lacks.
  record SplitBrainFound(String why) implements Noted {
    @Override
    public String kind() {
      return "split-brain-found";
    }
  }

  /// The nodes go on together after all.
  record SplitBrainResolved(String why) implements Noted {
    @Override
    public String kind() {
      return "split-brain-resolved";
    }
  }

  /// The node at the other end is not one to go on with; told when the reason is another one than
  /// before.
  record PeerRefused(String why) implements Noted {
    @Override
    public String kind() {
      return "peer-refused";
    }
  }

  /// The nodes have met and parted so many times for one reason.
  record KeepParting(int times, String why) implements Noted {
    @Override
    public String kind() {
      return "keep-parting";
    }

    @Override
    public String number() {
      return String.valueOf(times);
    }
  }

  /// This node may not go on alone now, and holds its hosts' writes back; told when the reason is
  /// another one than before.
  record WritesHeld(String why) implements Noted {
    @Override
    public String kind() {
      return "writes-held";
    }
  }

  /// They are held back no more.
  record WritesReleased(String why) implements Noted {
    @Override
    public String kind() {
      return "writes-released";
    }
  }

  /// A person has promoted this node although something spoke against it.
  record PromotedByForce(String why) implements Noted {
    @Override
    public String kind() {
      return "promoted-by-force";
    }
  }

  /// Two Primaries have met, and this one has stopped serving.
  ///
  /// @param winner the other node's number
  record GaveWay(int winner) implements Noted {
    @Override
    public String kind() {
      return "gave-way";
    }

    @Override
    public String why() {
      return ("node %d was Primary too: this one has stopped serving; what its hosts wrote stays on"
              + " its disk until it is decided whose changes are given up")
          .formatted(winner);
    }
  }

  /// It was to be Primary again by itself, and cannot; it is tried again.
  record NotResumed(String why) implements Noted {
    @Override
    public String kind() {
      return "not-resumed";
    }
  }

  /// The node has ended, but not in order.
  record NotEndedInOrder(String why) implements Noted {
    @Override
    public String kind() {
      return "not-ended-in-order";
    }
  }
}
