package io.lockstep.iscsi.pdu;

/// Why a stream of PDUs ended. After each of these the next header cannot be found, or not be
/// believed, so the connection must close (RFC 7143 7.8 for the digest).
public enum DecodeFault {
  HEADER_DIGEST_ERROR("the header digest is wrong"),
  DATA_SEGMENT_TOO_LONG("the data segment is longer than MaxRecvDataSegmentLength"),
  AHS_TOO_LONG("the additional header segments are too long"),
  AHS_MALFORMED("the additional header segments do not fill their length");

  private final String sentence;

  DecodeFault(String sentence) {
    this.sentence = sentence;
  }

  /// For people.
  public String sentence() {
    return sentence;
  }
}
