package io.lockstep.nbd.wire;

/// The magic numbers that begin messages.
final class Magic {
  /// `NBDMAGIC`: a server's first bytes.
  static final long INIT = 0x4e42444d41474943L;

  /// `IHAVEOPT`: newstyle, in the greeting and before each option.
  static final long OPTION = 0x49484156454f5054L;

  /// An answer to an option.
  static final long OPTION_REPLY = 0x0003e889045565a9L;

  static final int REQUEST = 0x25609513;
  static final int SIMPLE_REPLY = 0x67446698;
  static final int STRUCTURED_REPLY = 0x668e33ef;

  private Magic() {}
}
