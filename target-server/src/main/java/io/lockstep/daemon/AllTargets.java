package io.lockstep.daemon;

import io.lockstep.iscsi.portal.TargetDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The targets of all mirrors of a node, as its portal asks for them. What cannot be said of one
/// mirror cannot be said of all: which targets there are is known when each mirror knows its own,
/// and there is certainly no target when each says so. A name that two mirrors claim, which only a
/// copied disk can bring about, is nobody's: a host must never get the one for the other.
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
    return Optional.of(all.stream().distinct().sorted().toList());
  }

  @Override
  public Answer find(String initiatorName, String iqn) {
    Answer open = new Answer.NotFound();
    @Nullable Answer claimed = null;
    for (TargetDirectory mirror : mirrors) {
      Answer answer = mirror.find(initiatorName, iqn);
      switch (answer) {
        case Answer.Serves _, Answer.NotAllowed _ -> {
          if (claimed != null) {
            return new Answer.Busy();
          }
          claimed = answer;
        }
        case Answer.Busy _ -> open = answer;
        case Answer.NotFound _ -> {}
      }
    }
    return claimed == null ? open : claimed;
  }

  @Override
  public Optional<String> role(String question) {
    return mirrors.stream().flatMap(mirror -> mirror.role(question).stream()).findFirst();
  }
}
