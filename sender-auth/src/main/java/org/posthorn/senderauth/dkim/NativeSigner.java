package org.posthorn.senderauth.dkim;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.security.SignatureException;
import java.util.List;
import java.util.Optional;

/// Signatures by OpenSSL's libcrypto, where the machine has it: Java takes three to four times the
/// CPU time for them, and that is nearly all that signing a mail costs. Whoever gets none signs in
/// Java. Safe for use by many threads.
@SuppressWarnings("restricted") // The server is started with native access, for its storage.
final class NativeSigner {
  private static final List<String> LIBRARIES = List.of("libcrypto.so.3", "libcrypto.so.1.1");
  private static final int SIGNATURE_MAX_BYTES = 1024;
  private static final Optional<Library> LIBRARY = load();

  private final Library library;
  private final MemorySegment key;
  private final MemorySegment digest;

  /// The functions of libcrypto that it takes; pointers and sizes are as its manual pages have
  /// them.
  private record Library(
      MethodHandle readKey,
      MethodHandle freeKey,
      MethodHandle newContext,
      MethodHandle freeContext,
      MethodHandle begin,
      MethodHandle sign,
      MemorySegment sha256) {}

  private NativeSigner(Library library, MemorySegment key, MemorySegment digest) {
    this.library = library;
    this.key = key;
    this.digest = digest;
  }

  /// Signs with this key (PKCS#8), or nobody does.
  static Optional<NativeSigner> of(Algorithm algorithm, byte[] pkcs8) {
    return LIBRARY.flatMap(library -> key(library, algorithm, pkcs8));
  }

  private static Optional<NativeSigner> key(Library library, Algorithm algorithm, byte[] pkcs8) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, pkcs8);
      MemorySegment at = arena.allocateFrom(ADDRESS, bytes);
      var key =
          (MemorySegment) library.readKey.invokeExact(MemorySegment.NULL, at, (long) pkcs8.length);
      bytes.fill((byte) 0);
      return key.equals(MemorySegment.NULL)
          ? Optional.empty()
          : Optional.of(
              new NativeSigner(
                  library, freedWhenForgotten(library, key), digest(library, algorithm)));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Ed25519 takes a text as it is.
  private static MemorySegment digest(Library library, Algorithm algorithm) {
    return switch (algorithm) {
      case RSA_SHA256 -> library.sha256;
      case ED25519_SHA256 -> MemorySegment.NULL;
    };
  }

  private static MemorySegment freedWhenForgotten(Library library, MemorySegment key) {
    return key.reinterpret(
        0,
        Arena.ofAuto(),
        forgotten -> {
          try {
            library.freeKey.invokeExact(forgotten);
          } catch (Throwable e) {
            throw unexpected(e);
          }
        });
  }

  /// A signature of PKCS#1 v1.5 with SHA-256, or one of Ed25519 over the text.
  byte[] sign(byte[] text) throws SignatureException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment signature = arena.allocate(SIGNATURE_MAX_BYTES);
      MemorySegment length = arena.allocateFrom(JAVA_LONG, SIGNATURE_MAX_BYTES);
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, text);
      var context = (MemorySegment) library.newContext.invokeExact();
      try {
        if ((int)
                    library.begin.invokeExact(
                        context, MemorySegment.NULL, digest, MemorySegment.NULL, key)
                != 1
            || (int) library.sign.invokeExact(context, signature, length, bytes, (long) text.length)
                != 1) {
          throw new SignatureException("libcrypto refuses to sign");
        }
      } finally {
        library.freeContext.invokeExact(context);
      }
      return signature.asSlice(0, length.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
    } catch (SignatureException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static Optional<Library> load() {
    for (String name : LIBRARIES) {
      try {
        return Optional.of(library(SymbolLookup.libraryLookup(name, Arena.global())));
      } catch (IllegalArgumentException | IllegalCallerException | UnsatisfiedLinkError _) {
        // Not here, or native access is not allowed: the next one, or none.
      }
    }
    return Optional.empty();
  }

  private static Library library(SymbolLookup symbols) {
    MethodHandle sha256 = function(symbols, "EVP_sha256", ADDRESS);
    try {
      return new Library(
          function(symbols, "d2i_AutoPrivateKey", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG),
          procedure(symbols, "EVP_PKEY_free"),
          function(symbols, "EVP_MD_CTX_new", ADDRESS),
          procedure(symbols, "EVP_MD_CTX_free"),
          function(
              symbols, "EVP_DigestSignInit", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS),
          function(
              symbols, "EVP_DigestSign", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG),
          (MemorySegment) sha256.invokeExact());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static MethodHandle function(
      SymbolLookup symbols, String name, MemoryLayout result, MemoryLayout... arguments) {
    return handle(symbols, name, FunctionDescriptor.of(result, arguments));
  }

  private static MethodHandle procedure(SymbolLookup symbols, String name) {
    return handle(symbols, name, FunctionDescriptor.ofVoid(ADDRESS));
  }

  private static MethodHandle handle(
      SymbolLookup symbols, String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        symbols.find(name).orElseThrow(() -> new IllegalArgumentException("No " + name));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  private static IllegalStateException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    if (e instanceof RuntimeException failure) {
      throw failure;
    }
    return new IllegalStateException(e);
  }
}
