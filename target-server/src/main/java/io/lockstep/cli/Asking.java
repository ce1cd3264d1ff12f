package io.lockstep.cli;

import java.io.Console;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Asks whoever sits at the terminal before something that cannot be taken back. Where nobody sits,
/// as in a script, nothing is asked and nothing done: then `--yes` is the answer.
final class Asking {
  /// The person at a terminal.
  interface Person {
    /// What was typed in answer; null at the end of input.
    @Nullable String answer(String question);
  }

  private final Optional<Person> person;

  Asking(Optional<Person> person) {
    this.person = person;
  }

  /// The terminal of this process, if it has one.
  static Asking terminal() {
    return new Asking(
        Optional.ofNullable(System.console())
            .filter(Console::isTerminal)
            .map(console -> question -> console.readLine("%s", question)));
  }

  /// Whether nobody can be asked.
  boolean isAlone() {
    return person.isEmpty();
  }

  /// Goes on only if the word is typed.
  ///
  /// @param what the beginning of a refusal: "Volume vm1 was not deleted"
  /// @param meaning what would happen, a sentence
  /// @param word what is to be typed
  void confirm(String what, String meaning, String word) {
    if (person.isEmpty()) {
      throw new RefusedException(
          what, "nobody is there to be asked (no terminal)", "give --yes if it is meant so");
    }
    String typed = person.get().answer(meaning + " Type " + word + " to go on: ");
    if (typed == null || !typed.strip().equals(word)) {
      throw new RefusedException(what, "\"" + word + "\" was not typed", "");
    }
  }
}
