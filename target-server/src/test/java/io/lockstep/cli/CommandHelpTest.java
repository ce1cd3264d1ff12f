package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.daemon.Release;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// Every command explains itself, on standard output and with status 0.
@Tag("unit")
final class CommandHelpTest {
  private int status = -1;

  private String printed(List<String> words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    status = Main.run(words.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    assertThat(err.toString()).as("%s", words).isEmpty();
    return out.toString();
  }

  @Test
  void eachCommandShowsItsOptions() throws ReflectiveOperationException {
    Constructor<Main> constructor = Main.class.getDeclaredConstructor();
    constructor.setAccessible(true);
    explain(new CommandLine(constructor.newInstance()), List.of());
  }

  private void explain(CommandLine command, List<String> words) {
    var help = new ArrayList<>(words);
    help.add("--help");
    String text = printed(help);
    assertThat(status).as("%s", help).isZero();
    assertThat(text).as("%s", help).contains("Usage: lockstep");
    command.getCommandSpec().options().stream()
        .filter(option -> !option.hidden())
        .forEach(option -> assertThat(text).as("%s", help).contains(shownName(option)));
    command
        .getSubcommands()
        .forEach(
            (name, below) -> {
              var longer = new ArrayList<>(words);
              longer.add(name);
              if (!name.equals("help")) {
                explain(below, longer);
              }
            });
  }

  private static String shownName(OptionSpec option) {
    String name = option.longestName();
    return option.negatable() ? name.replaceFirst("^--", "--[no-]") : name;
  }

  @Test
  void theVersionIsThatOfTheRelease() {
    assertThat(printed(List.of("--version"))).contains(Release.NAME);
    assertThat(status).isZero();
  }
}
