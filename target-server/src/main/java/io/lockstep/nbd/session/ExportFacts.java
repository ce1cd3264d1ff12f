package io.lockstep.nbd.session;

import io.lockstep.block.BlockLimits;
import io.lockstep.nbd.wire.BlockSizes;
import io.lockstep.nbd.wire.TransmissionFlag;
import io.lockstep.nbd.wire.WireLimits;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What a client is told of an export before it uses it. Immutable, so that it can be told on
/// another loop than the export's.
///
/// @param description for people; empty for none
/// @param contexts the meta contexts that there are, by name
public record ExportFacts(
    String name,
    String description,
    long sizeBytes,
    BlockSizes sizes,
    Set<TransmissionFlag> flags,
    List<String> contexts) {
  /// What most file systems and disks like, and what the document has clients assume.
  private static final int PREFERRED_BYTES = 4096;

  public ExportFacts {
    flags = Set.copyOf(flags);
    contexts = List.copyOf(contexts);
  }

  /// What there is to say of a device. All connections share it, and a flush of it means all that
  /// was answered, so a client may use several.
  public static ExportFacts of(
      String name,
      String description,
      BlockLimits limits,
      boolean readOnly,
      List<String> contexts) {
    BlockSizes sizes =
        new BlockSizes(
            limits.logicalBlockBytes(),
            Math.max(PREFERRED_BYTES, limits.physicalBlockBytes()),
            WireLimits.PAYLOAD_BYTES_MAX);
    Set<TransmissionFlag> flags =
        EnumSet.of(
            TransmissionFlag.HAS_FLAGS,
            TransmissionFlag.SEND_FLUSH,
            TransmissionFlag.SEND_FUA,
            TransmissionFlag.SEND_CACHE,
            TransmissionFlag.CAN_MULTI_CONN);
    if (readOnly) {
      flags.add(TransmissionFlag.READ_ONLY);
    } else {
      flags.add(TransmissionFlag.SEND_WRITE_ZEROES);
      flags.add(TransmissionFlag.SEND_FAST_ZERO);
      if (limits.discardZeroes()) {
        flags.add(TransmissionFlag.SEND_TRIM);
      }
    }
    return new ExportFacts(name, description, limits.sizeBytes(), sizes, flags, contexts);
  }

  boolean isReadOnly() {
    return flags.contains(TransmissionFlag.READ_ONLY);
  }

  boolean trims() {
    return flags.contains(TransmissionFlag.SEND_TRIM);
  }

  /// The field of 16 bits, for a client with or without structured replies.
  int transmissionFlags(boolean structured) {
    int bits = TransmissionFlag.bits(flags);
    return structured ? bits | TransmissionFlag.bits(Set.of(TransmissionFlag.SEND_DF)) : bits;
  }
}
