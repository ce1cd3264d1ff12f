package io.lockstep.lab;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// Becomes another program, after it has forbidden itself one request to `ptrace`: to read a
/// process's extended registers (`PTRACE_GETREGSET` with `NT_X86_XSTATE`).
///
/// User-Mode Linux 6.1 has room for the registers of processors of its time; those of newer ones
/// are more than it expects, and it does not start. Without that request it saves what FXSAVE
/// saves, which is everything but AVX. So nothing in a guest may use AVX; `guest-init` sees to
/// that.
///
/// The filter is a seccomp filter (seccomp(2)): it stays with the process, whatever it executes,
/// and with its children. Written in Java so that no test needs a compiler for C. Runs as a program
/// of its own, in its one thread: `java WithoutXstate PROGRAM ARGUMENT...`.
final class WithoutXstate {
  /// Where in the kernel's picture of a system call its number and arguments lie
  /// (`struct seccomp_data`); of an argument the lower half is looked at.
  private static final int NUMBER = 0;

  private static final int ARGUMENT_0 = 16;
  private static final int ARGUMENT_2 = 32;

  private static final int PTRACE = 101;
  private static final int GETREGSET = 0x4204;
  private static final int XSTATE = 0x202;

  /// Instructions of the Berkeley packet filter: load a word, compare with a constant, end.
  private static final int LOAD = 0x20;

  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;

  private static final int EINVAL = 22;
  private static final int ANSWER_EINVAL = 0x0005_0000 | EINVAL;
  private static final int ALLOW = 0x7fff_0000;

  private static final int SET_PARENT_DEATH_SIGNAL = 1;
  private static final long KILL = 9;

  private static final int SET_NO_NEW_PRIVILEGES = 38;
  private static final int SET_SECCOMP = 22;
  private static final long FILTER_MODE = 2;

  private static final int INSTRUCTION_BYTES = 8;
  private static final int PROGRAM_BYTES = 16;

  /// One instruction: what to do, how many to skip if it holds and if not, and a constant.
  record Instruction(int code, int skipIfEqual, int skipIfNot, int constant) {}

  private static final List<Instruction> FILTER =
      List.of(
          new Instruction(LOAD, 0, 0, NUMBER),
          new Instruction(JUMP_IF_EQUAL, 0, 5, PTRACE),
          new Instruction(LOAD, 0, 0, ARGUMENT_0),
          new Instruction(JUMP_IF_EQUAL, 0, 3, GETREGSET),
          new Instruction(LOAD, 0, 0, ARGUMENT_2),
          new Instruction(JUMP_IF_EQUAL, 0, 1, XSTATE),
          new Instruction(RETURN, 0, 0, ANSWER_EINVAL),
          new Instruction(RETURN, 0, 0, ALLOW));

  private WithoutXstate() {}

  public static void main(String[] command) throws Throwable {
    if (command.length == 0) {
      throw new IllegalArgumentException("name the program to become, and its arguments");
    }
    Arena arena = Arena.global();
    forbid(arena);
    become(arena, command);
  }

  private static void forbid(Arena arena) throws Throwable {
    MethodHandle prctl =
        function(
            "prctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    MemorySegment program = arena.allocate(PROGRAM_BYTES, Long.BYTES);
    program.set(JAVA_SHORT, 0, (short) FILTER.size());
    program.set(ADDRESS, Long.BYTES, instructions(arena));
    // Of a thread, like the filter, and kept by what it executes: so `unshare --kill-child`, which
    // asks for it in the first thread of a JVM, is not enough.
    int told = (int) prctl.invokeExact(SET_PARENT_DEATH_SIGNAL, KILL, 0L, 0L, 0L);
    int first = (int) prctl.invokeExact(SET_NO_NEW_PRIVILEGES, 1L, 0L, 0L, 0L);
    int second = (int) prctl.invokeExact(SET_SECCOMP, FILTER_MODE, program.address(), 0L, 0L);
    if (told != 0 || first != 0 || second != 0) {
      throw new IllegalStateException("this kernel takes no parent death signal or seccomp filter");
    }
  }

  /// The filter as the kernel reads it (`struct sock_filter`): 2 bytes code, 1 and 1 for the skips,
  /// 4 for the constant.
  static MemorySegment instructions(Arena arena) {
    MemorySegment bytes = arena.allocate((long) INSTRUCTION_BYTES * FILTER.size(), Long.BYTES);
    long at = 0;
    for (Instruction one : FILTER) {
      bytes.set(JAVA_SHORT, at, (short) one.code());
      bytes.set(JAVA_BYTE, at + 2, (byte) one.skipIfEqual());
      bytes.set(JAVA_BYTE, at + 3, (byte) one.skipIfNot());
      bytes.set(JAVA_INT, at + 4, one.constant());
      at += INSTRUCTION_BYTES;
    }
    return bytes;
  }

  /// Returns only by failing: the program takes this process over.
  private static void become(Arena arena, String[] command) throws Throwable {
    MethodHandle execvp = function("execvp", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    MemorySegment words = arena.allocate(ADDRESS, command.length + 1L);
    for (int i = 0; i < command.length; i++) {
      words.setAtIndex(ADDRESS, i, arena.allocateFrom(command[i]));
    }
    int failed = (int) execvp.invokeExact(words.getAtIndex(ADDRESS, 0), words);
    throw new IllegalStateException(
        "cannot execute " + command[0] + " (execvp said " + failed + ")");
  }

  @SuppressWarnings("restricted") // that is what this program is for
  private static MethodHandle function(
      String name, FunctionDescriptor shape, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    MemorySegment address = linker.defaultLookup().findOrThrow(name);
    return linker.downcallHandle(address, shape, options);
  }
}
