package io.lockstep.nbd.portal;

import io.lockstep.iscsi.portal.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// An authority, a server's certificate and a client's, and one that somebody else has signed, in
/// files of the names that libnbd and QEMU look for.
final class Certificates {
  final Path authority;
  final Path serverCertificate;
  final Path serverKey;

  /// A directory for clients that are trusted.
  final Path trusted;

  /// A directory for clients that are not.
  final Path strange;

  Certificates(Path directory) throws IOException {
    trusted = Files.createDirectory(directory.resolve("trusted"));
    strange = Files.createDirectory(directory.resolve("strange"));
    authority = trusted.resolve("ca-cert.pem");
    serverCertificate = directory.resolve("server-cert.pem");
    serverKey = directory.resolve("server-key.pem");
    authority(trusted);
    signed(trusted, "localhost", serverCertificate, serverKey);
    signed(trusted, "host1", trusted.resolve("client-cert.pem"), trusted.resolve("client-key.pem"));
    authority(strange);
    signed(strange, "host1", strange.resolve("client-cert.pem"), strange.resolve("client-key.pem"));
    Files.copy(authority, strange.resolve("ca-cert.pem"), StandardCopyOption.REPLACE_EXISTING);
  }

  private static void authority(Path directory) {
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=authority",
        "-keyout",
        directory.resolve("ca-key.pem").toString(),
        "-out",
        directory.resolve("ca-cert.pem").toString());
  }

  private static void signed(Path authority, String name, Path certificate, Path key) {
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-addext",
        "subjectAltName=DNS:" + name + ",IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-CA",
        authority.resolve("ca-cert.pem").toString(),
        "-CAkey",
        authority.resolve("ca-key.pem").toString(),
        "-keyout",
        key.toString(),
        "-out",
        certificate.toString());
  }

  private static void openssl(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "openssl";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Tool.Run run = Tool.run("openssl", 20, command);
    if (run.status() != 0) {
      throw new AssertionError(run.output());
    }
  }
}
