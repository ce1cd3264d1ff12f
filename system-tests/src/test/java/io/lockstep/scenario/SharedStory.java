package io.lockstep.scenario;

import io.lockstep.lab.KernelLab;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// One [GuestStory] for the tests of a class, since its beginning (disks, two daemons, a volume, a
/// log-in at both portals, a file system) takes longer than most of what they do with it. Each test
/// finds it as [GuestStory#settle] says: in sync, both paths good, nobody writing.
///
/// After a test that failed it is given up, and the next one begins a new story.
final class SharedStory implements AfterTestExecutionCallback {
  private final KernelLab lab;
  private final Pairs pairs;
  private @Nullable GuestStory story;

  /// @param pairs of the class
  SharedStory(KernelLab lab, Pairs pairs) {
    this.lab = lab;
    this.pairs = pairs;
  }

  GuestStory settled() throws IOException {
    GuestStory present = story;
    if (present == null) {
      present = GuestStory.begin(lab, pairs, MultipathHost.of(lab));
    } else {
      present = present.settle();
    }
    story = present;
    return present;
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      story = null;
    }
  }
}
