package io.lockstep.nbd.wire;

/// Why a stream of requests cannot be understood any more: the connection must close.
public enum RequestFault {
  NO_REQUEST_MAGIC("a request does not begin with its magic number"),
  PAYLOAD_TOO_LONG("a write says it is longer than any");

  private final String sentence;

  RequestFault(String sentence) {
    this.sentence = sentence;
  }

  /// For people.
  public String sentence() {
    return sentence;
  }
}
