package io.lockstep.web;

import io.lockstep.web.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The user `admin` of a console that has none yet. Its password is what the first-password file
/// holds; without one a password is generated and the file is written for its owner only. It goes
/// when it was used.
final class FirstUser {
  static final String NAME = "admin";

  private static final Logger LOG = LoggerFactory.getLogger(FirstUser.class);

  /// Without letters and digits that look alike.
  private static final String LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

  private static final int LENGTH = 16;

  private FirstUser() {}

  static void create(Store store, Path file, Clock clock) throws IOException {
    if (!store.users().isEmpty()) {
      return;
    }
    if (!Files.exists(file)) {
      write(file, generate());
    }
    String password = Files.readString(file).strip();
    if (password.isEmpty()) {
      throw new IOException(
          "The first-password file " + file + " is empty; write a password into it or delete it.");
    }
    boolean made =
        store
            .hashing()
            .inPlace(
                true,
                place -> {
                  store.users().create(place, NAME, password, clock.instant());
                  return true;
                })
            .orElse(false);
    if (!made) {
      throw new IOException("The first user was not made: there was no place to hash; try again.");
    }
  }

  /// Takes the file away once somebody has come in with the password that it holds: from then on
  /// only its user knows it.
  static void used(Path file, String user, String password) {
    try {
      if (user.equals(NAME)
          && Files.exists(file)
          && Files.readString(file).strip().equals(password)) {
        Files.delete(file);
      }
    } catch (IOException e) {
      LOG.warn(
          "the first password was used, and its file stays: delete {} ({})", file, e.toString());
    }
  }

  private static void write(Path file, String password) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, password + "\n", StandardOpenOption.TRUNCATE_EXISTING);
  }

  private static String generate() {
    var dice = new SecureRandom();
    var password = new StringBuilder();
    while (password.length() < LENGTH) {
      password.append(LETTERS.charAt(dice.nextInt(LETTERS.length())));
    }
    return password.toString();
  }
}
