package io.lockstep.iscsi.portal;

import io.lockstep.iscsi.login.LoginDirectory;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.portal.TargetDirectory.Answer;
import java.util.Optional;

/// Answers the questions of one login from the portal's directory and registry, and remembers which
/// target it was about.
final class LoginAdmission implements LoginDirectory {
  private final TargetDirectory directory;
  private final SessionRegistry registry;
  private Optional<Answer.Serves> served = Optional.empty();

  LoginAdmission(TargetDirectory directory, SessionRegistry registry) {
    this.directory = directory;
    this.registry = registry;
  }

  @Override
  public Admission admit(String initiatorName, String targetName) {
    return switch (directory.find(initiatorName, targetName)) {
      case Answer.Serves serves -> {
        served = Optional.of(serves);
        yield registry.isFull() ? Admission.FULL : Admission.ADMITTED;
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

  /// The target of the login; empty for discovery.
  Optional<Answer.Serves> served() {
    return served;
  }
}
