package io.lockstep.iscsi.portal;

import io.lockstep.iscsi.login.LoginDirectory;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.portal.TargetDirectory.Answer;
import java.net.InetAddress;
import java.util.Optional;

/// Answers the questions of one login from the portal's directory and registry, and remembers which
/// target it was about.
final class LoginAdmission implements LoginDirectory {
  private final TargetDirectory directory;
  private final SessionRegistry registry;
  private final InetAddress address;
  private Optional<Answer.Serves> served = Optional.empty();
  private String admitted = "";
  private String targetName = "";

  /// @param address where the login comes from
  LoginAdmission(TargetDirectory directory, SessionRegistry registry, InetAddress address) {
    this.directory = directory;
    this.registry = registry;
    this.address = address;
  }

  @Override
  public Admission admit(String initiatorName, String wanted, long isid) {
    return switch (directory.find(initiatorName, wanted)) {
      case Answer.Serves serves -> {
        served = Optional.of(serves);
        admitted = initiatorName;
        targetName = wanted;
        SessionKey key = new SessionKey(initiatorName, isid, wanted);
        boolean fits = registry.mayOpen(key, holder(initiatorName));
        yield fits ? Admission.ADMITTED : Admission.FULL;
      }
      case Answer.NotFound() -> Admission.NOT_FOUND;
      case Answer.NotAllowed() -> Admission.NOT_ALLOWED;
      case Answer.Busy() -> Admission.BUSY;
    };
  }

  @Override
  public Admission admitDiscovery(String initiatorName) {
    return directory.targets(initiatorName).isEmpty() ? Admission.BUSY : Admission.ADMITTED;
  }

  @Override
  public Optional<String> role(String question) {
    return directory.role(question);
  }

  @Override
  public Optional<SessionParameters> session(
      String initiatorName, String targetName, long isid, int tsih) {
    return registry.find(new SessionKey(initiatorName, isid, targetName), tsih);
  }

  @Override
  public int newTsih() {
    return registry.newTsih();
  }

  /// Why a login that was admitted may not become a session: what was allowed when it began may not
  /// be by now, and whoever ended the sessions of those who lost it has not seen this one.
  Optional<String> revoked() {
    if (served.isEmpty()) {
      return Optional.empty();
    }
    return switch (directory.find(admitted, targetName)) {
      case Answer.NotAllowed() -> Optional.of("it may not log in any more");
      case Answer.NotFound() -> Optional.of("its target was taken away");
      case Answer.Serves _, Answer.Busy() -> Optional.empty();
    };
  }

  /// Who wants a place for a session.
  SessionPlaces.Holder holder(String initiatorName) {
    boolean named = served.map(Answer.Serves::named).orElse(false);
    return new SessionPlaces.Holder(initiatorName, address, named);
  }

  /// The target of the login; empty for discovery.
  Optional<Answer.Serves> served() {
    return served;
  }
}
