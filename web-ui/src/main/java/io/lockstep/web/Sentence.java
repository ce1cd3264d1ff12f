package io.lockstep.web;

import io.lockstep.control.client.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A sentence of the product's as a page shows it: an option of a command is one piece, which is
/// not broken at the end of a line, and what a stranger has put into it neither turns the rest
/// around nor hides it. Used by templates. Pure.
public final class Sentence {
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");

  private Sentence() {}

  /// A piece of a sentence.
  ///
  /// @param isOption whether it stays in one line
  public record Part(String text, boolean isOption) {}

  /// All pieces, in their order.
  public static List<Part> parts(String text) {
    String sentence = Printable.text(text);
    List<Part> parts = new ArrayList<>();
    Matcher option = OPTION.matcher(sentence);
    int end = 0;
    while (option.find()) {
      parts.add(new Part(sentence.substring(end, option.start()), false));
      parts.add(new Part(option.group(), true));
      end = option.end();
    }
    parts.add(new Part(sentence.substring(end), false));
    return parts;
  }

  /// What is the matter, without what to do about it: a reason of the mirror's has both, and a
  /// semicolon between them.
  public static String matter(String reason) {
    int advice = reason.indexOf("; ");
    return advice < 0 ? reason : reason.substring(0, advice);
  }

  static String capitalized(String text) {
    return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
