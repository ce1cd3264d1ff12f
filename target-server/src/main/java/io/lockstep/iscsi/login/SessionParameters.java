package io.lockstep.iscsi.login;

import java.util.Optional;

/// What a login agreed on; the text keys of RFC 7143 section 13 as values. Immutable.
///
/// @param targetName empty for a discovery session
/// @param isid the initiator's part of the session identifier (48 bits)
/// @param tsih the target's part
/// @param initiatorDataSegmentBytesMax MaxRecvDataSegmentLength of the initiator: what we may send
/// @param targetDataSegmentBytesMax our own
/// @param cmdSn the number of the first command in the full feature phase
/// @param statSn the number of our first status there
public record SessionParameters(
    String initiatorName,
    String initiatorAlias,
    Optional<String> targetName,
    long isid,
    int tsih,
    int cid,
    boolean headerDigest,
    boolean dataDigest,
    boolean initialR2t,
    boolean immediateData,
    int initiatorDataSegmentBytesMax,
    int targetDataSegmentBytesMax,
    int maxBurstLength,
    int firstBurstLength,
    int maxOutstandingR2t,
    int time2WaitSeconds,
    int time2RetainSeconds,
    int cmdSn,
    int statSn) {
  /// Whether only SendTargets and the like may be asked.
  public boolean isDiscovery() {
    return targetName.isEmpty();
  }

  /// These parameters of a connection, with those that belong to the session taken from `leading`.
  SessionParameters joining(SessionParameters leading) {
    return new SessionParameters(
        initiatorName,
        leading.initiatorAlias,
        targetName,
        isid,
        tsih,
        cid,
        headerDigest,
        dataDigest,
        leading.initialR2t,
        leading.immediateData,
        initiatorDataSegmentBytesMax,
        targetDataSegmentBytesMax,
        leading.maxBurstLength,
        leading.firstBurstLength,
        leading.maxOutstandingR2t,
        leading.time2WaitSeconds,
        leading.time2RetainSeconds,
        cmdSn,
        statSn);
  }
}
