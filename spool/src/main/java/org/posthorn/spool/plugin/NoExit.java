package org.posthorn.spool.plugin;

import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Puts an exception in the place of calls that would end the server: `System.exit`, `Runtime.exit`
/// and `Runtime.halt`. It is against accidents, such as a library that was a program before;
/// whoever wants to end the server finds a way.
final class NoExit {
  private static final Set<String> ENDING =
      Set.of("java/lang/System.exit", "java/lang/Runtime.exit", "java/lang/Runtime.halt");

  private static final ClassDesc EXCEPTION = ClassDesc.of(SecurityException.class.getName());
  private static final MethodTypeDesc OF_TEXT = MethodTypeDesc.of(CD_void, CD_String);
  private static final String TEXT = "A plugin cannot end the server";

  private static final CodeTransform THROWING =
      (code, element) -> {
        if (element instanceof InvokeInstruction call && ends(call.method())) {
          code.pop();
          if (call.opcode() == Opcode.INVOKEVIRTUAL) {
            code.pop();
          }
          code.new_(EXCEPTION)
              .dup()
              .ldc(TEXT)
              .invokespecial(EXCEPTION, INIT_NAME, OF_TEXT)
              .athrow();
        } else {
          code.with(element);
        }
      };

  private NoExit() {}

  /// The class without such calls; null when it has none. `resources` finds the bytes of other
  /// classes.
  static byte @Nullable [] without(
      byte[] bytes, Function<ClassDesc, @Nullable InputStream> resources) {
    ClassFile file =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(resources)));
    ClassModel model = file.parse(bytes);
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof MemberRefEntry member && ends(member)) {
        return file.transformClass(model, ClassTransform.transformingMethodBodies(THROWING));
      }
    }
    return null;
  }

  private static boolean ends(MemberRefEntry member) {
    return ENDING.contains(member.owner().asInternalName() + "." + member.name().stringValue());
  }
}
