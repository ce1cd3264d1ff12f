package io.lockstep.sim;

/// The ways on which a process that stands still was met: its kernel takes the connection, and
/// nothing comes of it. Counts them, so that a sample of histories says that they occurred; and
/// knows whether a node meets nothing else now, for whoever checks what that node makes of it.
public final class SimMutes {
  private static final int LINKS_SEVERAL = 2;

  /// Whether the last link of a side was mute, and nothing has changed since.
  private final boolean[] mute = new boolean[2];

  private int links;
  private int linksAlone;
  private int asked;
  private int askedAlone;

  /// A mute link of `side` comes up.
  ///
  /// @param alone whether the link is the only way on which the other node is met
  void linked(int side, boolean alone) {
    links++;
    linksAlone += alone ? 1 : 0;
    mute[side] = true;
  }

  /// The other node was asked beside the link, and says nothing.
  ///
  /// @param alone whether the link is cut
  void asked(boolean alone) {
    asked++;
    askedAlone += alone ? 1 : 0;
  }

  /// Of a side it is not so any more, or cannot be known there.
  void forget(int side) {
    mute[side] = false;
  }

  /// Whether what a side meets on the link is a process that stands still.
  public boolean isMute(int side) {
    return mute[side];
  }

  /// Says what a sample must meet.
  public static void expectIn(Met met) {
    new SimMutes().addTo(met);
  }

  /// Adds what one history has met.
  public void addTo(Met met) {
    met.many("mute", "a link", links);
    met.many("mute", "a link, with the other ways cut", linksAlone);
    met.many("mute", "the other ways", asked);
    met.many("mute", "the other ways, with the link cut", askedAlone);
    met.many("mute", "several links in one history", links >= LINKS_SEVERAL ? 1 : 0);
  }
}
