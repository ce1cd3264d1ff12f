package io.lockstep.iscsi.portal;

import io.lockstep.scsi.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a kind of host says to a target in its first minute, and what it must hear: the files of
/// `first-minute/`. A line each; `#` begins a remark, `+` goes on with the line before.
///
/// ```
/// host VMware ESXi 7 and 8              which hosts it is
/// source NAME OR ADDRESS                where we know from what follows, up to the next source
///
/// > connect                             a new connection
/// > login 0-1 KEY=VALUE ...             from one stage to the next (RFC 7143 11.12.3)
/// < 0000 KEY=VALUE ...                  status, and every key of the answer
/// > text SendTargets=All
/// < TargetName=@target ...
/// > scsi 12 00 00 00 24 00 in 36        a CDB, padded with zeroes; how much is to be read
/// < GOOD 36 bytes                       status, and how much there was
/// < at 8 "LOCKSTEP"                     bytes of it, as text or in hex
/// > scsi 93 08 ... out 512 of 00        how much is written with it, of which byte; or hex
/// < 05/24/00                            CHECK CONDITION: sense key, ASC, ASCQ
/// > ping
/// < pong
/// > logout
/// < 0                                   the response
/// ```
///
/// `@target` is the name of the target, `@portal` where it listens.
///
/// @param host which hosts it is
record FirstMinute(String host, List<Exchange> exchanges) {
  private static final Pattern LOGIN = Pattern.compile("login ([013])-([013]) (.+)");
  private static final Pattern SCSI =
      Pattern.compile(
          "scsi ((?:[0-9A-F]{2} ?)+?)(?: in (\\d+))?"
              + "(?: out (?:(\\d+) of ([0-9A-F]{2})|((?:[0-9A-F]{2} ?)+)))?");
  private static final Pattern STATUS = Pattern.compile("(GOOD|[0-9A-F/]{8})(?: (\\d+) bytes)?");
  private static final Pattern PART = Pattern.compile("at (\\d+) (?:\"(.*)\"|([0-9A-F ]+))");

  /// What a host sends.
  sealed interface Sent {
    record Connect() implements Sent {}

    record Login(int stage, int next, Map<String, String> keys) implements Sent {}

    record Text(Map<String, String> keys) implements Sent {}

    /// @param reads how many bytes it expects
    /// @param dataHex what it writes
    record Scsi(String cdbHex, int reads, String dataHex) implements Sent {}

    record Ping() implements Sent {}

    record Logout() implements Sent {}
  }

  /// Some bytes of an answer.
  record Part(int offset, String hex) {}

  /// What must come back.
  ///
  /// @param status as the file writes it; empty where there is none
  /// @param byteCount of data that was read; -1: any
  record Heard(String status, Map<String, String> keys, int byteCount, List<Part> parts) {}

  /// @param line where it stands in the file
  /// @param source where we know it from
  record Exchange(int line, String source, Sent sent, Heard heard) {}

  /// The names of the files.
  static List<String> names() {
    try (Stream<Path> files = Files.list(folder())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static FirstMinute read(String name) {
    try {
      return parse(Files.readString(folder().resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path folder() {
    try {
      var place = Objects.requireNonNull(FirstMinute.class.getResource("/first-minute"));
      return Path.of(place.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  static FirstMinute parse(String text) {
    return new Parser().parse(text);
  }

  private static final class Parser {
    private final List<Exchange> exchanges = new ArrayList<>();
    private String host = "";
    private String source = "";
    private int line;

    private @Nullable Sent sent;
    private int sentLine;
    private final List<String> heard = new ArrayList<>();

    FirstMinute parse(String text) {
      List<String> lines = text.lines().map(Parser::withoutRemark).toList();
      for (int next = 0; next < lines.size(); ) {
        StringBuilder content = new StringBuilder(lines.get(next));
        line = ++next;
        for (; next < lines.size() && lines.get(next).startsWith("+ "); next++) {
          content.append(lines.get(next).substring(1));
        }
        if (!content.isEmpty()) {
          read(content.toString());
        }
      }
      endExchange();
      if (host.isEmpty() || exchanges.isEmpty()) {
        throw fault("a file names its host and has exchanges");
      }
      return new FirstMinute(host, List.copyOf(exchanges));
    }

    private static String withoutRemark(String one) {
      return one.replaceAll("(^|\\s)#.*", "").strip();
    }

    private void read(String content) {
      if (content.startsWith("host ")) {
        host = content.substring(5);
      } else if (content.startsWith("source ")) {
        endExchange();
        source = content.substring(7);
      } else if (content.startsWith("> ")) {
        endExchange();
        sent = sent(content.substring(2));
        sentLine = line;
      } else if (content.startsWith("< ") && sent != null) {
        heard.add(content.substring(2));
      } else {
        throw fault("this is none of host, source, > and <: " + content);
      }
    }

    private void endExchange() {
      Sent last = sent;
      if (last == null) {
        return;
      }
      if (source.isEmpty()) {
        throw fault("no source is named for the exchange of line " + sentLine);
      }
      if (heard.isEmpty() != last instanceof Sent.Connect) {
        throw fault("what must come back is missing, or too much, for line " + sentLine);
      }
      exchanges.add(new Exchange(sentLine, source, last, heard(last)));
      sent = null;
      heard.clear();
    }

    private Sent sent(String content) {
      Matcher login = LOGIN.matcher(content);
      Matcher scsi = SCSI.matcher(content);
      if (content.equals("connect")) {
        return new Sent.Connect();
      } else if (content.equals("ping")) {
        return new Sent.Ping();
      } else if (content.equals("logout")) {
        return new Sent.Logout();
      } else if (content.startsWith("text ")) {
        return new Sent.Text(keys(content.substring(5)));
      } else if (login.matches()) {
        int stage = Integer.parseInt(login.group(1));
        return new Sent.Login(stage, Integer.parseInt(login.group(2)), keys(login.group(3)));
      } else if (scsi.matches()) {
        return scsi(scsi);
      }
      throw fault("no host sends this: " + content);
    }

    private static Sent scsi(Matcher scsi) {
      int reads = scsi.group(2) == null ? 0 : Integer.parseInt(scsi.group(2));
      String written = scsi.group(5) == null ? "" : Golden.normal(scsi.group(5));
      if (scsi.group(3) != null) {
        written = scsi.group(4).repeat(Integer.parseInt(scsi.group(3)));
      }
      return new Sent.Scsi(Golden.normal(scsi.group(1)), reads, written);
    }

    private Heard heard(Sent last) {
      if (last instanceof Sent.Scsi) {
        Matcher status = STATUS.matcher(heard.getFirst());
        if (!status.matches()) {
          throw fault("no status: " + heard.getFirst());
        }
        int count = status.group(2) == null ? -1 : Integer.parseInt(status.group(2));
        List<Part> parts = heard.stream().skip(1).map(this::part).toList();
        return new Heard(status.group(1), Map.of(), count, parts);
      }
      String all = String.join(" ", heard);
      return switch (last) {
        case Sent.Text _ -> new Heard("", keys(all), -1, List.of());
        case Sent.Login _ -> {
          String[] words = all.split(" ", 2);
          yield new Heard(words[0], words.length < 2 ? Map.of() : keys(words[1]), -1, List.of());
        }
        case Sent.Connect _, Sent.Ping _, Sent.Logout _, Sent.Scsi _ ->
            new Heard(all, Map.of(), -1, List.of());
      };
    }

    private Part part(String content) {
      Matcher part = PART.matcher(content);
      if (!part.matches()) {
        throw fault("no part of an answer: " + content);
      }
      String hex =
          part.group(2) == null
              ? Golden.normal(part.group(3))
              : Golden.hex(part.group(2).getBytes(StandardCharsets.US_ASCII));
      return new Part(Integer.parseInt(part.group(1)), hex);
    }

    private Map<String, String> keys(String content) {
      Map<String, String> keys = new LinkedHashMap<>();
      for (String pair : Arrays.asList(content.split(" +"))) {
        int sign = pair.indexOf('=');
        if (sign < 1 || keys.put(pair.substring(0, sign), pair.substring(sign + 1)) != null) {
          throw fault("no pair of key and value, or twice the same: " + pair);
        }
      }
      return keys;
    }

    private IllegalArgumentException fault(String what) {
      return new IllegalArgumentException("line " + line + ": " + what);
    }
  }
}
