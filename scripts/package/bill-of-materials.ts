// The software bill of materials: npm's, plus Bun's runtime, which is part of the executable.
// Source: SPDX 2.3 (spdx.github.io/spdx-spec/v2.3).
import * as v from "valibot";
import { repository } from "../setup/program.ts";
import { must } from "../step.ts";
import type { Architecture } from "./architecture.ts";
import type { Release } from "./files.ts";

const documentSchema = v.looseObject({
  creationInfo: v.looseObject({ created: v.string() }),
  documentDescribes: v.tuple([v.string()]),
  packages: v.array(v.looseObject({ SPDXID: v.string() })),
  relationships: v.array(v.looseObject({})),
});

/** The document as JSON. @param bunVersion the version of the embedded runtime */
export async function billOfMaterials(
  release: Release,
  bunVersion: string,
  architectures: readonly Architecture[],
): Promise<string> {
  const answer = await must(["npm", "sbom", "--omit", "dev", "--sbom-format", "spdx"], { cwd: repository });
  const document = v.parse(documentSchema, JSON.parse(answer));
  document.creationInfo.created = new Date(release.epoch * 1000).toISOString();
  const [subject] = document.documentDescribes;
  for (const { name, runtimePackage } of architectures) {
    const id = `SPDXRef-Package-bun-runtime-${name}-${bunVersion}`;
    document.packages.push({
      name: runtimePackage,
      SPDXID: id,
      versionInfo: bunVersion,
      downloadLocation: "NOASSERTION",
      filesAnalyzed: false,
      homepage: "https://bun.sh",
      licenseDeclared: "MIT",
      externalRefs: [
        {
          referenceCategory: "PACKAGE-MANAGER",
          referenceType: "purl",
          referenceLocator: `pkg:npm/${runtimePackage.replace("@", "%40")}@${bunVersion}`,
        },
      ],
    });
    document.relationships.push({
      spdxElementId: subject,
      relatedSpdxElement: id,
      relationshipType: "CONTAINS",
    });
  }
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
