package io.lockstep.iscsi.login;

import io.lockstep.iscsi.login.KeyRule.Always;
import io.lockstep.iscsi.login.KeyRule.And;
import io.lockstep.iscsi.login.KeyRule.DeclaredNumber;
import io.lockstep.iscsi.login.KeyRule.DeclaredText;
import io.lockstep.iscsi.login.KeyRule.FirstOf;
import io.lockstep.iscsi.login.KeyRule.Maximum;
import io.lockstep.iscsi.login.KeyRule.Minimum;
import io.lockstep.iscsi.login.KeyRule.NotNegotiated;
import io.lockstep.iscsi.login.KeyRule.Or;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The text keys of RFC 7143 section 13 (and iSCSIProtocolLevel of RFC 7144), a line each: name,
/// where it may be said, how the result is found, the value in force when nobody says it.
///
/// Where: `S` security negotiation, `O` login operational negotiation, `F` full feature phase, `L`
/// only in the first connection of a session, `N` only in normal sessions (answered `Irrelevant`
/// in discovery sessions).
@SuppressWarnings("ImmutableEnumChecker") // rules are records of constants
public enum TextKey {
  /// Belongs to `S`; jSCSI says it later, and None is None everywhere.
  AUTH_METHOD("AuthMethod", "SO", new FirstOf(List.of("None")), "None"),

  INITIATOR_NAME("InitiatorName", "SO", new DeclaredText(1, 223), ""),
  INITIATOR_ALIAS("InitiatorAlias", "SOF", new DeclaredText(0, 255), ""),
  TARGET_NAME("TargetName", "SO", new DeclaredText(1, 223), ""),
  SESSION_TYPE("SessionType", "SO", new DeclaredText(1, 16), "Normal"),

  HEADER_DIGEST("HeaderDigest", "O", new FirstOf(List.of("CRC32C", "None")), "None"),
  DATA_DIGEST("DataDigest", "O", new FirstOf(List.of("CRC32C", "None")), "None"),
  MAX_CONNECTIONS("MaxConnections", "OLN", new Minimum(1, 65535, 1), "1"),
  INITIAL_R2T("InitialR2T", "OLN", new Or(false), "Yes"),
  IMMEDIATE_DATA("ImmediateData", "OLN", new And(true), "Yes"),
  MAX_RECV_DATA_SEGMENT_LENGTH(
      "MaxRecvDataSegmentLength", "OF", new DeclaredNumber(512, 0xff_ffff), "8192"),
  MAX_BURST_LENGTH("MaxBurstLength", "OLN", new Minimum(512, 0xff_ffff, 1 << 20), "262144"),
  FIRST_BURST_LENGTH("FirstBurstLength", "OLN", new Minimum(512, 0xff_ffff, 1 << 18), "65536"),
  DEFAULT_TIME_2_WAIT("DefaultTime2Wait", "OL", new Maximum(0, 3600, 2), "2"),
  DEFAULT_TIME_2_RETAIN("DefaultTime2Retain", "OL", new Minimum(0, 3600, 0), "20"),
  MAX_OUTSTANDING_R2T("MaxOutstandingR2T", "OLN", new Minimum(1, 65535, 1), "1"),
  DATA_PDU_IN_ORDER("DataPDUInOrder", "OLN", new Or(true), "Yes"),
  DATA_SEQUENCE_IN_ORDER("DataSequenceInOrder", "OLN", new Or(true), "Yes"),
  ERROR_RECOVERY_LEVEL("ErrorRecoveryLevel", "OL", new Minimum(0, 2, 0), "0"),
  TASK_REPORTING("TaskReporting", "OLN", new FirstOf(List.of("RFC3720")), "RFC3720"),
  ISCSI_PROTOCOL_LEVEL("iSCSIProtocolLevel", "OLN", new Minimum(0, 31, 1), "1"),

  OF_MARKER("OFMarker", "OL", new Always("No"), "No"),
  IF_MARKER("IFMarker", "OL", new Always("No"), "No"),
  OF_MARK_INT("OFMarkInt", "OL", new Always(KeyRule.REJECT), ""),
  IF_MARK_INT("IFMarkInt", "OL", new Always(KeyRule.REJECT), ""),

  SEND_TARGETS("SendTargets", "F", new NotNegotiated(), ""),
  TARGET_ALIAS("TargetAlias", "", new NotNegotiated(), ""),
  TARGET_ADDRESS("TargetAddress", "", new NotNegotiated(), ""),
  TARGET_PORTAL_GROUP_TAG("TargetPortalGroupTag", "", new NotNegotiated(), "");

  private static final Map<String, TextKey> BY_NAME = new HashMap<>();

  static {
    for (TextKey key : values()) {
      BY_NAME.put(key.keyName, key);
    }
  }

  private final String keyName;
  private final String where;
  private final KeyRule rule;
  private final String byDefault;

  TextKey(String keyName, String where, KeyRule rule, String byDefault) {
    this.keyName = keyName;
    this.where = where;
    this.rule = rule;
    this.byDefault = byDefault;
  }

  /// The key as it is written on the wire.
  public String keyName() {
    return keyName;
  }

  KeyRule rule() {
    return rule;
  }

  /// The value in force when nobody says the key; empty where there is none.
  String byDefault() {
    return byDefault;
  }

  boolean isFor(LoginStage stage) {
    return where.indexOf(stage.letter()) >= 0;
  }

  boolean isForLeadingConnectionOnly() {
    return where.indexOf('L') >= 0;
  }

  boolean isForNormalSessionOnly() {
    return where.indexOf('N') >= 0;
  }

  public static Optional<TextKey> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }
}
