package io.lockstep.peers;

import java.util.concurrent.TimeUnit;

/// Every limit of the control connection.
public final class PeerLimits {
  /// The protocol version spoken here, the only one yet.
  public static final int VERSION = 1;

  /// The fixed part of a message.
  public static final int HEADER_BYTES = 24;

  /// The longest body before the other side is known.
  public static final int GREETING_BYTES_MAX = 1024;

  /// The longest request that is passed on.
  public static final int REQUEST_BYTES_MAX = 256 << 10;

  /// The longest answer to one.
  public static final int REPLY_BYTES_MAX = 1 << 20;

  /// The longest report of a node.
  public static final int REPORT_BYTES_MAX = 1 << 20;

  /// The longest reason, in bytes of UTF-8; longer ones are cut when they are sent.
  public static final int REASON_BYTES_MAX = 1000;

  /// The longest name (node, pair, release), in bytes of UTF-8; longer ones are cut likewise.
  public static final int NAME_BYTES_MAX = 255;

  /// Addresses of one node.
  public static final int ADDRESSES_MAX = 4;

  /// Questions to the other node that may be open, and of it here.
  public static final int QUESTIONS_MAX = 64;

  /// How long the other node may take for an answer.
  public static final long ANSWER_NANOS_MAX = TimeUnit.SECONDS.toNanos(110);

  /// From a connection to the end of the greetings.
  public static final long GREETING_NANOS_MAX = TimeUnit.SECONDS.toNanos(3);

  /// From one heartbeat to the next.
  public static final long BEAT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// A line on which nothing was heard for so long is given up.
  public static final long SILENT_NANOS_MAX = TimeUnit.SECONDS.toNanos(4);

  /// A line that lasted this long was a good one: the next attempt comes soon.
  public static final long GOOD_LINE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// Pauses between attempts to reach an address; they double.
  public static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(100);

  public static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(3);

  /// For so long after a call that was taken and not answered the next one is waited for: whether
  /// somebody still takes it.
  public static final long MUTE_NANOS = TimeUnit.SECONDS.toNanos(8);

  /// How long an address must be without a line until people are told.
  public static final long LOST_NANOS = TimeUnit.SECONDS.toNanos(5);

  /// What may wait on one line for the network; with more the line is given up.
  public static final int OUTGOING_BYTES_MAX = 8 << 20;

  /// With more than this on its way no report is added: the next one will be newer.
  public static final int ROOMY_BYTES_MAX = 256 << 10;

  /// Connections of which nobody knows yet who they are; the oldest gives way.
  public static final int NEWCOMERS_MAX = 32;

  /// Of one address.
  public static final int NEWCOMERS_SHARE_MAX = 8;

  private PeerLimits() {}
}
