package io.lockstep.nbd.session;

/// A run of bytes of which a meta context says the same.
///
/// @param length bytes, at least 1
/// @param status its flags; 0 is what may always be said
public record Extent(long length, int status) {
  /// `base:allocation`: nothing is allocated here.
  public static final int HOLE = 1;

  /// `base:allocation`: it reads as zeroes.
  public static final int ZERO = 2;
}
