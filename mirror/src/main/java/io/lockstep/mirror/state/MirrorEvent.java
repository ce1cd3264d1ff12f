package io.lockstep.mirror.state;

/// What has just changed in a mirror, one thing each, in the order in which it happened. None is
/// left out and no two are made one, so that a log of them tells the story.
public sealed interface MirrorEvent {
  /// What has become of what, in the words of the states.
  String change();

  /// Why, in a few words, for people.
  String why();

  /// This node's role.
  record RoleChanged(Role from, Role to, String why) implements MirrorEvent {
    @Override
    public String change() {
      return "role %s -> %s".formatted(from.label(), to.label());
    }
  }

  /// The state of this node's disk.
  record DiskChanged(DiskState from, DiskState to, String why) implements MirrorEvent {
    @Override
    public String change() {
      return "disk %s -> %s".formatted(from.label(), to.label());
    }
  }

  /// What the link to the other node is doing.
  record ConnectionChanged(ConnectionState from, ConnectionState to, String why)
      implements MirrorEvent {
    @Override
    public String change() {
      return "connection %s -> %s".formatted(from.label(), to.label());
    }
  }
}
