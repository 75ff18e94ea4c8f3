/* SPDX-License-Identifier: MIT */
#include "sim/pdf.h"

#include <stdio.h>
#include <string.h>

Blob *pdf_render(const char *title) {
        static const char *const objects[] = {
                "<< /Type /Catalog /Pages 2 0 R >>",
                "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                ("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
                 "/Resources << /Font << /F1 4 0 R >> >> >>"),
                "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        };
        size_t offsets[ELEMENTSOF(objects) + 1];
        char text[400] = "";
        Blob *pdf = blob_of_text("%PDF-1.4\n");

        for (size_t i = 0; title[i] && strlen(text) < 300; i++)
                if (!strchr("()\\", title[i]) && title[i] >= ' ' && title[i] < 127)
                        text[strlen(text)] = title[i];
        for (size_t i = 0; i < ELEMENTSOF(objects); i++) {
                offsets[i] = pdf->size;
                blob_add_format(pdf, "%zu 0 obj\n%s\nendobj\n", i + 1, objects[i]);
        }
        offsets[ELEMENTSOF(objects)] = pdf->size;
        size_t length = strlen("BT /F1 18 Tf 72 760 Td () Tj ET") + strlen(text);
        blob_add_format(pdf,
                        "%zu 0 obj\n<< /Length %zu >>\nstream\nBT /F1 18 Tf 72 760 Td (%s) Tj ET\n"
                        "endstream\nendobj\n",
                        ELEMENTSOF(offsets), length, text);

        size_t table = pdf->size;
        blob_add_format(pdf, "xref\n0 %zu\n0000000000 65535 f \n", ELEMENTSOF(offsets) + 1);
        for (size_t i = 0; i < ELEMENTSOF(offsets); i++)
                blob_add_format(pdf, "%010zu 00000 n \n", offsets[i]);
        blob_add_format(pdf, "trailer\n<< /Size %zu /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n",
                        ELEMENTSOF(offsets) + 1, table);
        return pdf;
}
