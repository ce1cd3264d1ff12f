package io.lockstep.daemon;

import io.lockstep.iscsi.portal.TargetDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The targets of all mirrors of a node, as its portal asks for them. What cannot be said of one
/// mirror cannot be said of all: which targets there are is known when each mirror knows its own,
/// and there is certainly no target when each says so.
final class AllTargets implements TargetDirectory {
  private final List<TargetDirectory> mirrors;

  AllTargets(List<TargetDirectory> mirrors) {
    this.mirrors = List.copyOf(mirrors);
  }

  @Override
  public Optional<List<String>> targets(String initiatorName) {
    List<String> all = new ArrayList<>();
    for (TargetDirectory mirror : mirrors) {
      Optional<List<String>> some = mirror.targets(initiatorName);
      if (some.isEmpty()) {
        return Optional.empty();
      }
      all.addAll(some.get());
    }
    return Optional.of(all.stream().sorted().toList());
  }

  @Override
  public Answer find(String initiatorName, String iqn) {
    Answer none = new Answer.NotFound();
    for (TargetDirectory mirror : mirrors) {
      Answer answer = mirror.find(initiatorName, iqn);
      switch (answer) {
        case Answer.Serves _, Answer.NotAllowed _ -> {
          return answer;
        }
        case Answer.Busy _ -> none = answer;
        case Answer.NotFound _ -> {}
      }
    }
    return none;
  }

  @Override
  public Optional<String> role(String question) {
    return mirrors.stream().flatMap(mirror -> mirror.role(question).stream()).findFirst();
  }
}
