package io.lockstep.iscsi.login;

import java.util.Optional;

/// What the login phase must ask somebody else. Answers come from memory, at once.
public interface LoginDirectory {
  /// Whether an initiator may log in to a target.
  enum Admission {
    ADMITTED,
    /// There is no such target, or the initiator is not to know of it.
    NOT_FOUND,
    NOT_ALLOWED,
    /// The target exists but does not serve now; try again.
    BUSY,
    /// A limit on sessions is reached.
    FULL
  }

  /// Asked once a login to a target.
  Admission admit(String initiatorName, String targetName, long isid);

  /// Asked once a discovery login.
  Admission admitDiscovery(String initiatorName);

  /// What our private key is answered with; empty: as any key that is not understood.
  ///
  /// @param question the value of [RoleKey#NAME] in a discovery login
  Optional<String> role(String question);

  /// The session that a login with this TSIH wants to join, if it is there.
  Optional<SessionParameters> session(String initiatorName, String targetName, long isid, int tsih);

  /// A TSIH that no session has, never 0.
  int newTsih();
}
