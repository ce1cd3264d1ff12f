package io.lockstep.volume.embedded;

/// Bytes on the disk that are not what LVM2's format says. Checked, thrown by the pure codecs and
/// caught where the space is opened: its message is the sentence a person reads.
final class DamagedException extends Exception {
  private static final long serialVersionUID = 1;

  private final String sentence;

  /// @param where the structure and its place: "metadata header at 4096"
  /// @param what what is wrong with it: "its checksum is ..., its content gives ..."
  DamagedException(String where, String what) {
    super(where + ": " + what);
    sentence = where + ": " + what;
  }

  String sentence() {
    return sentence;
  }

  static DamagedException checksum(String where, int stored, int computed) {
    return new DamagedException(
        where, "its checksum is 0x%08x, but its content gives 0x%08x".formatted(stored, computed));
  }
}
