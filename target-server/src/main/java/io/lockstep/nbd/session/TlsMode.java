package io.lockstep.nbd.session;

/// How a listening socket holds it with TLS (proto.md, "TLS support").
public enum TlsMode {
  /// NOTLS: there is none.
  NONE,
  /// SELECTIVETLS: a client may ask for it, and some exports may demand it.
  OFFERED,
  /// FORCEDTLS: nothing is answered before it.
  FORCED
}
