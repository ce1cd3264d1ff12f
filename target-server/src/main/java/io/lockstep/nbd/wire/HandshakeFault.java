package io.lockstep.nbd.wire;

/// Why a handshake cannot be understood any more: the connection must close.
public enum HandshakeFault {
  NO_OPTION_MAGIC("an option does not begin with IHAVEOPT"),
  OPTION_TOO_LONG("an option says it is longer than any");

  private final String sentence;

  HandshakeFault(String sentence) {
    this.sentence = sentence;
  }

  /// For people.
  public String sentence() {
    return sentence;
  }
}
